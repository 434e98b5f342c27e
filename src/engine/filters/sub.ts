/** `sub_filter`: https://nginx.org/en/docs/http/ngx_http_sub_module.html */
import type { FilterFactory } from '../filters.ts'
import type { Output } from '../request/client-side.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { compileMediaTypes } from '../request/media-types.ts'
import { compileScript, type Script } from '../request/script.ts'

/** What is looked for (lower case) and what comes in its place. */
interface Text {
  readonly match: string
  readonly replacement: Script
}

export const sub: FilterFactory = (fields, variables) => {
  if (!fields.subFilter || fields.subFilter.length === 0) return undefined
  const pairs = fields.subFilter.map(({ match, replacement }) => ({
    match: compileScript(match, variables),
    replacement: compileScript(replacement, variables),
  }))
  const matches = compileMediaTypes(fields.subFilterTypes, ['text/html'])
  const once = fields.subFilterOnce ?? true
  return (x, answer) => {
    if (answer.contentLength === 0 || !matches(answer)) return undefined
    const texts = pairs
      .map(({ match, replacement }): Text => ({ match: lowerCase(match(x)), replacement }))
      .filter(({ match }) => match !== '')
    if (texts.length === 0) return undefined
    answer.contentLength = -1
    if (fields.subFilterLastModified) answer.weakenEtag()
    else {
      answer.clearLastModified()
      answer.etag = undefined
      answer.remove('etag')
    }
    if (!isBodyless(x, answer)) answer.wrap((inner) => new Substitution(inner, texts, once))
    return undefined
  }
}

/** Replaces as the body passes; what may be the beginning of a match waits for what follows. */
class Substitution implements Output {
  readonly #inner: Output
  readonly #once: boolean
  readonly #values = new Map<Text, string>()
  #texts: readonly Text[]
  #regex: RegExp
  #waiting = ''

  constructor(inner: Output, texts: readonly Text[], once: boolean) {
    this.#inner = inner
    this.#texts = texts
    this.#once = once
    this.#regex = regexOf(texts)
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    if (this.#texts.length === 0) return this.#inner.write(x, buffer, start, end)
    return this.#put(x, this.#replace(x, this.#waiting + buffer.toString('latin1', start, end)))
  }

  flush(x: Exchange): void {
    this.#inner.flush(x)
  }

  end(x: Exchange): void {
    this.#put(x, this.#waiting)
    this.#inner.end(x)
  }

  #put(x: Exchange, text: string): boolean {
    if (text === '') return true
    const bytes = Buffer.from(text, 'latin1')
    return this.#inner.write(x, bytes, 0, bytes.length)
  }

  // The leftmost match wins, and of several there the one that was written first (ngx_http_sub_parse).
  #replace(x: Exchange, text: string): string {
    let out = ''
    let at = 0
    let begun = beginning(this.#texts, text, 0)
    for (let found = this.#find(text, 0); found; found = this.#find(text, at)) {
      const which = this.#texts.indexOf(found.what)
      if (found.at > begun.at || (found.at === begun.at && which > begun.which)) break
      out += text.slice(at, found.at) + this.#valueOf(x, found.what)
      at = found.at + found.what.match.length
      if (this.#once) this.#forget(found.what)
      if (this.#once || at > begun.at) begun = beginning(this.#texts, text, at)
    }
    this.#waiting = text.slice(begun.at)
    return out + text.slice(at, begun.at)
  }

  #find(text: string, from: number): { at: number; what: Text } | undefined {
    this.#regex.lastIndex = from
    const found = this.#regex.exec(text)
    if (!found) return undefined
    const what = this.#texts[found.findIndex((group, i) => i > 0 && group !== undefined) - 1]
    return what && { at: found.index, what }
  }

  #valueOf(x: Exchange, what: Text): string {
    let value = this.#values.get(what)
    if (value === undefined) this.#values.set(what, (value = what.replacement(x)))
    return value
  }

  #forget(what: Text): void {
    this.#texts = this.#texts.filter((other) => other !== what)
    this.#regex = regexOf(this.#texts)
  }
}

/** Where the end of `text`, from `from` on, may be the beginning of a match, and of which; else its end. */
function beginning(texts: readonly Text[], text: string, from: number): { at: number; which: number } {
  const longest = texts.reduce((most, { match }) => Math.max(most, match.length), 0)
  const tail = Math.max(from, text.length - longest + 1)
  const rest = lowerCase(text.slice(tail))
  for (let i = 0; i < rest.length; i++) {
    const which = texts.findIndex(
      ({ match }) => match.length > rest.length - i && match.startsWith(rest.slice(i)),
    )
    if (which >= 0) return { at: tail + i, which }
  }
  return { at: text.length, which: -1 }
}

// Only ASCII letters have a case here: the bytes of other letters are not known to be letters.
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function regexOf(texts: readonly Text[]): RegExp {
  const groups = texts.map(
    ({ match }) =>
      `(${match.replace(/[^]/g, (c) => (/[a-z]/.test(c) ? `[${c}${c.toUpperCase()}]` : escaped(c)))})`,
  )
  return new RegExp(groups.length > 0 ? groups.join('|') : '(?!)', 'g')
}

function escaped(c: string): string {
  return /[\w ]/.test(c) ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`
}
