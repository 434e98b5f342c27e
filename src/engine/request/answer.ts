import { parseHttpDate } from '../../http/dates.ts'
import type { Output } from './client-side.ts'

/** Bytes of a body from `start` up to `end`, with text (bytes, one a character) in front. */
export interface BodyPart {
  readonly text: string
  readonly start: number
  readonly end: number
}

const noTrailers: readonly (readonly [name: string, value: string])[] = []

/** A head as it was written last, with all that it was made of; it holds good for a second. */
export class WrittenHead {
  text = ''
  date = ''
  lines = ''
  status = 0
  reason: string | undefined
  server: string | undefined
  ownDate: string | undefined
  contentType: string | undefined
  contentLength = -1
  lastModified: string | undefined
  keepalive = false
  chunked = false
  serverTokens = ''
  headerTimeout: number | undefined
}

/**
 * The head of an answer while it is made. A few fields that nginx writes first and that filters look at
 * stand apart; all others are lines ready for the wire, so that an upstream's fields pass as the slices
 * they came in. Everything is latin1: one character is one byte.
 */
export class Answer {
  status: number
  /** The upstream's status line without its version, `200 OK`; undefined: nginx's own words. */
  reason: string | undefined
  /** Whole value of Content-Type; undefined: none is sent. */
  contentType: string | undefined
  /** Bytes of the body; -1: not known. */
  contentLength = -1
  /** As sent, where nginx writes it in front of the other fields; an upstream's stands among `lines`. */
  lastModified: string | undefined
  /** The same in milliseconds since 1970, where it need not be read from the field (see `modifiedAt`). */
  lastModifiedMs: number | undefined
  etag: string | undefined
  /** Value of Location; nginx makes `/path` absolute when it is sent. */
  location: string | undefined
  /** `Name: value\r\n` of every other field, in order. */
  lines = ''
  /** Server and Date where they are not this program's own (proxy_pass_header). */
  server: string | undefined
  date: string | undefined
  /** It is sent to many: how its head was written for the last one. */
  again: WrittenHead | undefined
  /** Whether the body may be cut into ranges (r->allow_ranges). */
  allowRanges = false
  /** At most one range: the body comes as a stream that is not read twice (r->single_range). */
  singleRange = false
  /** Preconditions are the upstream's business (r->disable_not_modified). */
  disableNotModified = false
  /** Who sends the body can begin anywhere in it, and sends `parts` where a filter has set them. */
  seekable = false
  /** What is sent of a seekable body, in order. */
  parts: readonly BodyPart[] | undefined
  /** Takes the one range that is wanted, where whoever makes the body sends no more than that itself. */
  takeRange: ((part: { readonly start: number; readonly end: number }) => void) | undefined
  /** What the body passes through on its way to the client, in order (see `wrap`). */
  wraps: ((inner: Output) => Output)[] | undefined
  /** Makes the trailer fields when the body has ended; called once. */
  trailers: (() => readonly (readonly [name: string, value: string])[]) | undefined
  /** What of them has been made so far; `$sent_trailer_*`. */
  sentTrailers: readonly (readonly [name: string, value: string])[] = noTrailers

  constructor(status: number) {
    this.status = status
  }

  /** Another one like it, before anything has looked at it. */
  copy(): Answer {
    const copy = new Answer(this.status)
    copy.reason = this.reason
    copy.contentType = this.contentType
    copy.contentLength = this.contentLength
    copy.lastModified = this.lastModified
    copy.lastModifiedMs = this.lastModifiedMs
    copy.etag = this.etag
    copy.location = this.location
    copy.lines = this.lines
    copy.server = this.server
    copy.date = this.date
    copy.again = this.again
    copy.allowRanges = this.allowRanges
    copy.singleRange = this.singleRange
    copy.disableNotModified = this.disableNotModified
    copy.seekable = this.seekable
    return copy
  }

  /** The body passes through this after all that stand here already: filters call it in nginx's running order. */
  wrap(make: (inner: Output) => Output): void {
    ;(this.wraps ??= []).push(make)
  }

  /** Appends a field. The value must hold no line break. */
  add(name: string, value: string): void {
    this.lines += `${name}: ${value}\r\n`
  }

  /** The first value of a field among `lines`, or undefined. Name in lower case. */
  get(name: string): string | undefined {
    const at = this.#find(name)
    return at === undefined ? undefined : this.lines.slice(at.value, at.end)
  }

  /** All values of a field among `lines`. */
  all(name: string): string[] {
    const values: string[] = []
    for (let at = this.#find(name); at; at = this.#find(name, at.end))
      values.push(this.lines.slice(at.value, at.end))
    return values
  }

  /** Takes out every field of this (lower-case) name. */
  remove(name: string): void {
    for (let at = this.#find(name); at; at = this.#find(name))
      this.lines = this.lines.slice(0, at.start) + this.lines.slice(at.end + 2)
  }

  /** Puts a field in the place of all others of its name. */
  set(name: string, value: string): void {
    this.remove(name.toLowerCase())
    this.add(name, value)
  }

  /** Gives the first field of this name another value and takes out all others; adds it where there is none. */
  replace(name: string, value: string): void {
    const lower = name.toLowerCase()
    const first = this.#find(lower)
    if (!first) {
      this.add(name, value)
      return
    }
    const before = this.lines.slice(0, first.value)
    this.lines = this.lines.slice(first.end + 2)
    this.remove(lower)
    this.lines = `${before}${value}\r\n${this.lines}`
  }

  /** When the body last changed, wherever that is said; milliseconds since 1970. */
  get modifiedAt(): number | undefined {
    if (this.lastModifiedMs !== undefined) return this.lastModifiedMs
    const text = this.lastModified ?? this.get('last-modified')
    return text === undefined ? undefined : parseHttpDate(text)
  }

  /** Nobody is to know when it changed (ngx_http_clear_last_modified). */
  clearLastModified(): void {
    this.lastModified = undefined
    this.lastModifiedMs = undefined
    this.remove('last-modified')
  }

  /**
   * The media type that `gzip_types` and companions are compared with: lower case, and without its parameters
   * where one of them is a charset (ngx_http_upstream_copy_content_type, ngx_http_test_content_type).
   */
  get mediaType(): string | undefined {
    const { contentType } = this
    if (contentType === undefined || contentType === '') return undefined
    const charset = /; *charset=/i.exec(contentType)
    return (charset ? contentType.slice(0, charset.index) : contentType).toLowerCase()
  }

  /** The ETag becomes a weak one, since the bytes change; what is none goes (ngx_http_weak_etag). */
  weakenEtag(): void {
    const { etag } = this
    if (etag === undefined || (etag.length > 2 && etag.startsWith('W/'))) return
    if (etag.startsWith('"')) {
      this.etag = `W/${etag}`
      this.replace('ETag', this.etag)
    } else {
      this.etag = undefined
      this.remove('etag')
    }
  }

  #find(name: string, from = 0): { start: number; value: number; end: number } | undefined {
    const { lines } = this
    for (let start = from === 0 ? 0 : lines.indexOf('\n', from) + 1 || lines.length; start < lines.length;) {
      const end = lines.indexOf('\r\n', start)
      if (end < 0) return undefined
      const colon = start + name.length
      if (lines.charCodeAt(colon) === 0x3a && lines.slice(start, colon).toLowerCase() === name) {
        let value = colon + 1
        while (lines.charCodeAt(value) === 0x20) value++
        return { start, value, end }
      }
      start = end + 2
    }
    return undefined
  }
}
