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
  /** As sent. */
  lastModified: string | undefined
  /** Milliseconds since 1970, where known. */
  lastModifiedMs: number | undefined
  etag: string | undefined
  /** Value of Location; nginx makes `/path` absolute when it is sent. */
  location: string | undefined
  /** `Name: value\r\n` of every other field, in order. */
  lines = ''
  /** Server and Date where they are not this program's own (proxy_pass_header). */
  server: string | undefined
  date: string | undefined
  /** Whether the body may be cut into ranges (r->allow_ranges). */
  allowRanges = false
  /** Names of trailer fields and their values, made when the body has ended. */
  trailers: (() => [name: string, value: string][]) | undefined

  constructor(status: number) {
    this.status = status
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
