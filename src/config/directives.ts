/** Every directive once: the table from which types, validation, forms and nginx text come. */
import type { Context, Directive, FieldsOf } from './directive.ts'
import { contentDirectives, coreDirectives, http2Directives, mainDirectives } from './directives/core.ts'
import { logDirectives } from './directives/log.ts'
import {
  accessDirectives,
  authBasicDirectives,
  authRequestDirectives,
  gzipDirectives,
  headersDirectives,
  limitConnDirectives,
  limitReqDirectives,
  mapDirectives,
  mirrorDirectives,
  realIpDirectives,
  rewriteDirectives,
  subDirectives,
} from './directives/modules.ts'
import { proxyCacheDirectives, proxyDirectives } from './directives/proxy.ts'
import { additionDirectives } from './directives/addition.ts'
import { sliceDirectives } from './directives/slice.ts'
import { ssiDirectives } from './directives/ssi.ts'
import { sslDirectives } from './directives/ssl.ts'
import { upstreamDirectives } from './directives/upstream.ts'

/** The table, in the order in which a block is written. Upstream blocks have their own, `upstreamTable`. */
export const directives = {
  ...mainDirectives,
  ...mapDirectives,
  ...coreDirectives,
  ...http2Directives,
  ...sslDirectives,
  ...realIpDirectives,
  ...logDirectives,
  ...rewriteDirectives,
  ...limitReqDirectives,
  ...limitConnDirectives,
  ...accessDirectives,
  ...authBasicDirectives,
  ...authRequestDirectives,
  ...mirrorDirectives,
  ...headersDirectives,
  ...gzipDirectives,
  ...subDirectives,
  ...additionDirectives,
  ...sliceDirectives,
  ...ssiDirectives,
  ...contentDirectives,
  ...proxyCacheDirectives,
  ...proxyDirectives,
}

/** Directives inside `upstream { }`; `keepalive_timeout` and companions mean something else there. */
export const upstreamTable = upstreamDirectives

type Table = typeof directives

/** The name of a field: the directive's name in camelCase. */
export type Field = keyof Table

/** The fields that may stand in a context, each optional: a block as it is saved. */
export type Fields<C extends Context> = FieldsOf<Table, C>

/** The fields of an upstream block. */
export type UpstreamFields = FieldsOf<typeof upstreamDirectives, 'upstream'>

const byName = new Map<string, { field: string; directive: Directive }>()
for (const [field, directive] of Object.entries(directives) as unknown as [string, Directive][])
  for (const name of directive.names ?? [directive.name]) byName.set(name, { field, directive })

const upstreamByName = new Map<string, { field: string; directive: Directive }>()
for (const [field, directive] of Object.entries(upstreamDirectives) as unknown as [string, Directive][])
  upstreamByName.set(directive.name, { field, directive })

/** The table's entry of an nginx name in a context's table; tells nothing about whether it may stand there. */
export function directiveNamed(
  name: string,
  context: Context,
): { field: string; directive: Directive } | undefined {
  return context === 'upstream' ? upstreamByName.get(name) : byName.get(name)
}

/** All entries with their fields, in writing order, that may stand in a context. */
export function directivesIn(context: Context): { field: string; directive: Directive }[] {
  const table = context === 'upstream' ? upstreamDirectives : directives
  return (Object.entries(table) as unknown as [string, Directive][])
    .filter(([, directive]) => directive.contexts.includes(context))
    .map(([field, directive]) => ({ field, directive }))
}
