/** `expires`, `add_header`, `add_trailer`: https://nginx.org/en/docs/http/ngx_http_headers_module.html */
import type { FilterFactory } from '../filters.ts'
import type { Answer } from '../request/answer.ts'
import { compileExpires } from '../request/expires.ts'
import type { Exchange } from '../request/exchange.ts'
import { compileScript, type Script } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'

// The answers that get fields without `always` (ngx_http_headers_filter).
const usual = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308])

interface Added {
  readonly name: string
  readonly lower: string
  readonly value: Script
  readonly always: boolean
}

export const addHeaders: FilterFactory = (fields, variables) => {
  const expires = fields.expires && compileExpires(fields.expires, variables)
  const headers = compileAdded(fields.addHeader, variables)
  const trailers = compileAdded(fields.addTrailer, variables)
  if (!expires && headers.length === 0 && trailers.length === 0) return undefined
  return (x, answer) => {
    const isUsual = usual.has(answer.status)
    if (isUsual) expires?.(x, answer)
    for (const field of headers) if (field.always || isUsual) add(answer, field, field.value(x))
    if (trailers.length > 0 && (isUsual || trailers.some(({ always }) => always)))
      answer.trailers = () => trailersOf(x, answer, trailers)
    return undefined
  }
}

function compileAdded(
  added: readonly { name: string; value: string; always?: true | undefined }[] | undefined,
  variables: VariableTable,
): Added[] {
  return (added ?? []).map(({ name, value, always }) => ({
    name,
    lower: name.toLowerCase(),
    value: compileScript(value, variables),
    always: always === true,
  }))
}

function add(answer: Answer, { name, lower }: Added, value: string): void {
  if (lower === 'last-modified') {
    answer.clearLastModified()
    answer.lastModified = value === '' ? undefined : value
  } else if (lower === 'etag') {
    answer.etag = value === '' ? undefined : value
    if (value === '') answer.remove('etag')
    else answer.replace(name, value)
  } else if (value !== '') answer.add(name, value)
}

// One may show those before it ($sent_trailer_x).
function trailersOf(x: Exchange, answer: Answer, added: readonly Added[]): Answer['sentTrailers'] {
  const isUsual = usual.has(answer.status)
  for (const { name, value, always } of added) {
    if (!always && !isUsual) continue
    const text = value(x)
    if (text !== '') answer.sentTrailers = [...answer.sentTrailers, [name, text]]
  }
  return answer.sentTrailers
}
