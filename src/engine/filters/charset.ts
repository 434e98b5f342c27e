/** `charset`: https://nginx.org/en/docs/http/ngx_http_charset_module.html */
import type { FilterFactory } from '../filters.ts'
import type { Answer } from '../request/answer.ts'
import { logError } from '../request/error-log.ts'
import { compileMediaTypes } from '../request/media-types.ts'
import { compileScript } from '../request/script.ts'

const usualTypes = [
  'text/html',
  'text/xml',
  'text/plain',
  'text/vnd.wap.wml',
  'application/javascript',
  'application/rss+xml',
]

export const charset: FilterFactory = (fields, variables) => {
  if (fields.charset === undefined || fields.charset === 'off') return undefined
  const wanted = compileScript(fields.charset, variables)
  const source =
    fields.sourceCharset === undefined || fields.sourceCharset === 'off'
      ? undefined
      : compileScript(fields.sourceCharset, variables)
  const matches = compileMediaTypes(fields.charsetTypes, fields.charsetTypes ? ['text/html'] : usualTypes)
  return (x, answer) => {
    if (!answer.contentType) return undefined
    const given = charsetOf(answer)
    if (given === undefined ? !matches(answer) : !fields.overrideCharset) return undefined
    const name = wanted(x)
    const from = given ?? source?.(x)
    if (from === undefined) answer.contentType += `; charset=${name}`
    else if (from.toLowerCase() === name.toLowerCase()) setCharset(answer, name)
    else logError(x, 'error', `no "charset_map" between the charsets "${from}" and "${name}"`)
    return undefined
  }
}

function charsetOf({ contentType }: Answer): string | undefined {
  return /; *charset="?([^"]*)"?$/i.exec(contentType ?? '')?.[1]
}

function setCharset(answer: Answer, name: string): void {
  answer.contentType = `${answer.contentType?.replace(/; *charset=.*$/i, '')}; charset=${name}`
}
