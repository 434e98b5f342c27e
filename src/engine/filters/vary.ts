/** `gzip_vary`: caches learn that the answer depends on Accept-Encoding (ngx_http_header_filter). */
import type { FilterFactory } from '../filters.ts'

export const vary: FilterFactory = (fields) => {
  if (!fields.gzipVary) return undefined
  return (x, answer) => {
    // nginx writes it in front of all fields that others have made.
    if (x.gzipVary) answer.lines = `Vary: Accept-Encoding\r\n${answer.lines}`
    return undefined
  }
}
