/** `charset`: https://nginx.org/en/docs/http/ngx_http_charset_module.html */
import type { FilterFactory } from '../filters.ts'
import type { Answer } from '../request/answer.ts'
import type { Output } from '../request/client-side.ts'
import type { Exchange } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { isBodyless } from '../request/finalize.ts'
import { compileMediaTypes } from '../request/media-types.ts'
import type { Charsets, Recoder } from '../request/recode.ts'
import { compileScript, ScriptError } from '../request/script.ts'

const usualTypes = [
  'text/html',
  'text/xml',
  'text/plain',
  'text/vnd.wap.wml',
  'application/javascript',
  'application/rss+xml',
]

export const charset: FilterFactory = (fields, variables, charsets) => {
  if (fields.charset === undefined || fields.charset === 'off') return undefined
  const wanted = compileScript(fields.charset, variables)
  const source =
    fields.sourceCharset === undefined || fields.sourceCharset === 'off'
      ? undefined
      : compileScript(fields.sourceCharset, variables)
  checkMap(source?.constant, wanted.constant, charsets)
  const matches = compileMediaTypes(fields.charsetTypes, fields.charsetTypes ? ['text/html'] : usualTypes)
  return (x, answer) => {
    if (!answer.contentType) return undefined
    const given = charsetOf(answer)
    if (given === undefined ? !matches(answer) : !fields.overrideCharset) return undefined
    const to = wanted(x)
    const from = given ?? source?.(x)
    if (from === undefined || same(from, to)) setCharset(answer, to)
    else if (!answer.get('content-encoding')) recode(x, answer, from, to, charsets)
    return undefined
  }
}

function checkMap(from: string | undefined, to: string | undefined, charsets: Charsets): void {
  if (from === undefined || to === undefined || same(from, to) || charsets.recoder(from, to)) return
  throw new ScriptError(`no "charset_map" between the charsets "${from}" and "${to}"`)
}

function recode(x: Exchange, answer: Answer, from: string, to: string, charsets: Charsets): void {
  const make = charsets.recoder(from, to)
  if (!make) {
    logError(x, 'error', `no "charset_map" between the charsets "${from}" and "${to}"`)
    return
  }
  const recoder = make()
  setCharset(answer, to)
  if (recoder.stretches) answer.contentLength = -1
  if (!isBodyless(x, answer)) answer.wrap((inner) => new Recoding(inner, recoder))
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

const named = /; *charset="?([^"]*)"?$/i

function charsetOf({ contentType }: Answer): string | undefined {
  return named.exec(contentType ?? '')?.[1]
}

function setCharset(answer: Answer, name: string): void {
  answer.contentType = `${(answer.contentType ?? '').replace(named, '')}; charset=${name}`
}

class Recoding implements Output {
  readonly #inner: Output
  readonly #recoder: Recoder

  constructor(inner: Output, recoder: Recoder) {
    this.#inner = inner
    this.#recoder = recoder
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    const bytes = Buffer.from(this.#recoder.recode(buffer.toString('latin1', start, end)), 'latin1')
    return bytes.length === 0 || this.#inner.write(x, bytes, 0, bytes.length)
  }

  flush(x: Exchange): void {
    this.#inner.flush(x)
  }

  end(x: Exchange): void {
    this.#inner.end(x)
  }
}
