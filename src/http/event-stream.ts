/** Server-sent events as their text comes (HTML Standard §9.2.6). */

/** One event. */
export interface ServerSentEvent {
  readonly data: string
  /** Its `event` field. */
  readonly event?: string
  /** Its own `id` field. */
  readonly id?: string
  /** Characters of its lines. */
  readonly size: number
}

/** Reads one stream; of an event no more than `limit` characters of data are kept. */
export class EventStreamReader {
  readonly #limit: number
  readonly #each: (event: ServerSentEvent) => void
  #rest = ''
  #data: string[] = []
  #kept = 0
  #event: string | undefined
  #id: string | undefined
  #size = 0

  constructor(limit: number, each: (event: ServerSentEvent) => void) {
    this.#limit = limit
    this.#each = each
  }

  feed(text: string): void {
    this.#rest += text
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.#rest)
      if (!end) break
      const line = this.#rest.slice(0, end.index)
      this.#rest = this.#rest.slice(end.index + end[0].length)
      this.#size += line.length + end[0].length
      this.#line(line)
    }
    // A line without end must not fill the memory.
    if (this.#rest.length > this.#limit * 2) this.#rest = this.#rest.slice(0, this.#limit)
  }

  #line(line: string): void {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    // A comment keeps a connection alive and says nothing.
    if (colon === 0) return
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') {
      const piece = value.slice(0, Math.max(0, this.#limit - this.#kept))
      this.#kept += piece.length
      this.#data.push(piece)
    } else if (name === 'event') this.#event = value
    else if (name === 'id') this.#id = value
  }

  #dispatch(): void {
    const { length } = this.#data
    if (length > 0)
      this.#each({
        data: this.#data.join('\n'),
        ...(this.#event !== undefined && { event: this.#event }),
        ...(this.#id !== undefined && { id: this.#id }),
        size: this.#size,
      })
    this.#data = []
    this.#kept = 0
    this.#event = undefined
    this.#id = undefined
    this.#size = 0
  }
}
