/** `add_header`: https://nginx.org/en/docs/http/ngx_http_headers_module.html */
import type { FilterFactory, HeaderFilter } from '../filters.ts'
import { compileScript } from '../request/script.ts'

// The answers that get fields without `always` (ngx_http_headers_filter).
const usual = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308])

export const addHeaders: FilterFactory = (fields, variables): HeaderFilter | undefined => {
  if (!fields.addHeader || fields.addHeader.length === 0) return undefined
  const added = fields.addHeader.map(({ name, value, always }) => ({
    name,
    lower: name.toLowerCase(),
    value: compileScript(value, variables),
    always: always === true,
  }))
  return (x, answer) => {
    const isUsual = usual.has(answer.status)
    for (const field of added) {
      if (!field.always && !isUsual) continue
      const value = field.value(x)
      if (field.lower === 'last-modified') {
        answer.lastModified = value === '' ? undefined : value
        answer.lastModifiedMs = undefined
      } else if (field.lower === 'etag') {
        answer.remove('etag')
        answer.etag = value === '' ? undefined : value
        if (value !== '') answer.add(field.name, value)
      } else if (value !== '') answer.add(field.name, value)
    }
    return undefined
  }
}
