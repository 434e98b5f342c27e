import type { Exchange } from './exchange.ts'

/** Content-Type by the URI's ending, unless somebody before an internal redirect has said it (ngx_http_set_content_type). */
export function typeOf(x: Exchange): string {
  if (x.carried?.contentType) return x.carried.contentType
  const { types, defaultType } = x.settings
  return (x.exten !== '' ? types.get(x.exten.toLowerCase()) : undefined) ?? defaultType
}
