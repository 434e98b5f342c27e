import type { Exchange } from './exchange.ts'

/** Content-Type by the URI's ending (ngx_http_set_content_type). */
export function typeOf(x: Exchange): string {
  const { types, defaultType } = x.settings
  return (x.exten !== '' ? types.get(x.exten.toLowerCase()) : undefined) ?? defaultType
}
