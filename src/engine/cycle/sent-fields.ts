/** The fields of a request to an upstream (ngx_http_proxy_init_headers). */
import type { SentField } from '../proxy/settings.ts'
import { compileScript } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { LocationFields } from './settings.ts'

type Defaults = readonly (readonly [name: string, value: string])[]

/** nginx's own fields, behind those of the configuration (ngx_http_proxy_headers). */
export const defaultFields: Defaults = [
  ['Host', '$proxy_host'],
  ['Connection', 'close'],
  ['Content-Length', '$proxy_internal_body_length'],
  ['Transfer-Encoding', '$proxy_internal_chunked'],
  ['TE', ''],
  ['Keep-Alive', ''],
  ['Expect', ''],
  ['Upgrade', ''],
]

/** The same where the answer may be stored: it is to be whole, whatever the client asked (ngx_http_proxy_cache_headers). */
export const cacheDefaultFields: Defaults = [
  ...defaultFields,
  ['If-Modified-Since', '$upstream_cache_last_modified'],
  ['If-Unmodified-Since', ''],
  ['If-None-Match', '$upstream_cache_etag'],
  ['If-Match', ''],
  ['Range', ''],
  ['If-Range', ''],
]

/** What is sent, and the (lower-case) names of which the client's are not passed: fields with an empty value are not sent. */
export function sentFields(
  { proxySetHeader = [] }: LocationFields,
  defaults: Defaults,
  variables: VariableTable,
): { fields: SentField[]; overridden: Set<string> } {
  const named = new Set(proxySetHeader.map((field) => field.name.toLowerCase()))
  const all = [
    ...proxySetHeader.map(({ name, value }) => [name, value] as const),
    ...defaults.filter(([name]) => !named.has(name.toLowerCase())),
  ]
  return {
    fields: all
      .filter(([, value]) => value !== '')
      .map(([name, value]) => ({ name, value: compileScript(value, variables) })),
    overridden: new Set(all.map(([name]) => name.toLowerCase())),
  }
}
