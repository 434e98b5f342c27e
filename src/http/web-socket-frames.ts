/** WebSocket frames as bytes come (RFC 6455 §5), for looking at: nothing is refused, nothing is answered. */

/** A message, or a control frame, as it was on the wire: unmasked, compressed where `compressed`. */
export interface WebSocketMessage {
  readonly kind: 'text' | 'binary' | 'close' | 'ping' | 'pong'
  /** Bytes without heads. */
  readonly size: number
  /** The bytes, no more than the reader's limit of them. */
  readonly data: Uint8Array
  readonly compressed: boolean
  readonly fragments: number
}

const kinds: Readonly<Record<number, WebSocketMessage['kind']>> = {
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
}

interface Gathering {
  readonly kind: WebSocketMessage['kind']
  readonly compressed: boolean
  readonly pieces: Uint8Array[]
  kept: number
  size: number
  fragments: number
}

/** One direction of one connection. Of a message it keeps `limit` bytes. */
export class WebSocketReader {
  readonly #limit: number
  readonly #each: (message: WebSocketMessage) => void
  /** What there is of a frame's head. */
  #head: number[] = []
  #left = 0
  #last = false
  #mask: readonly number[] | undefined
  #masked = 0
  #message: Gathering | undefined
  #control: Gathering | undefined
  /** Why the bytes are no frames; nothing is read any more. */
  broken: string | undefined

  constructor(limit: number, each: (message: WebSocketMessage) => void) {
    this.#limit = limit
    this.#each = each
  }

  feed(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && this.broken === undefined) {
      if (this.#left === 0) {
        this.#head.push(bytes[at++] as number) // at is below the length
        this.#readHead()
      } else {
        const end = Math.min(bytes.length, at + this.#left)
        this.#take(bytes.subarray(at, end))
        this.#left -= end - at
        at = end
        if (this.#left === 0) this.#frameEnds()
      }
    }
  }

  #readHead(): void {
    const [first = 0, second = 0] = this.#head
    if (this.#head.length < 2) return
    const short = second & 0x7f
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0
    const masked = (second & 0x80) !== 0
    if (this.#head.length < 2 + extra + (masked ? 4 : 0)) return
    const length =
      extra === 0 ? short : this.#head.slice(2, 2 + extra).reduce((sum, byte) => sum * 256 + byte, 0)
    this.#mask = masked ? this.#head.slice(2 + extra) : undefined
    this.#masked = 0
    this.#head = []
    this.#begin(first, length)
  }

  #begin(first: number, length: number): void {
    const opcode = first & 0x0f
    const kind = kinds[opcode]
    this.#last = (first & 0x80) !== 0
    if (opcode === 0) {
      if (!this.#message) return this.#break('a frame continues a message that has not begun')
      this.#message.fragments++
    } else if (kind === undefined) return this.#break(`a frame has opcode ${opcode}, which means nothing`)
    else {
      const gathering = { kind, compressed: (first & 0x40) !== 0, pieces: [], kept: 0, size: 0, fragments: 1 }
      if (opcode >= 8) this.#control = gathering
      else if (this.#message) return this.#break('a message begins inside another one')
      else this.#message = gathering
    }
    this.#left = length
    if (length === 0) this.#frameEnds()
  }

  #break(why: string): void {
    this.broken = why
  }

  #take(bytes: Uint8Array): void {
    const into = this.#control ?? this.#message
    if (!into) return
    into.size += bytes.length
    // A copy: unmasking must not touch what is somebody else's (a Buffer's slice would be a view).
    const piece = new Uint8Array(bytes.subarray(0, Math.max(0, this.#limit - into.kept)))
    const mask = this.#mask
    if (mask)
      for (let i = 0; i < piece.length; i++) piece[i] = (piece[i] ?? 0) ^ (mask[(this.#masked + i) & 3] ?? 0)
    this.#masked = (this.#masked + bytes.length) & 3
    if (piece.length === 0) return
    into.pieces.push(piece)
    into.kept += piece.length
  }

  #frameEnds(): void {
    const ended = this.#control ?? (this.#last ? this.#message : undefined)
    if (this.#control) this.#control = undefined
    else if (this.#last) this.#message = undefined
    if (!ended) return
    const { kind, compressed, size, fragments, pieces, kept } = ended
    const data = new Uint8Array(kept)
    let at = 0
    for (const piece of pieces) {
      data.set(piece, at)
      at += piece.length
    }
    this.#each({ kind, compressed, size, fragments, data })
  }
}

/** A close frame's status code and its reason in UTF-8 (RFC 6455 §5.5.1); no code where the frame is empty. */
export function closeOf(data: Uint8Array): { code?: number; reason: Uint8Array } {
  if (data.length < 2) return { reason: data.subarray(0, 0) }
  return { code: ((data[0] ?? 0) << 8) | (data[1] ?? 0), reason: data.subarray(2) }
}

/** What the status codes of a close mean (RFC 6455 §7.4.1). */
export const closeCodes: Readonly<Record<number, string>> = {
  1000: 'normal closure',
  1001: 'going away',
  1002: 'protocol error',
  1003: 'unsupported data',
  1005: 'no status',
  1006: 'closed without a close frame',
  1007: 'data that is not what it says',
  1008: 'policy violation',
  1009: 'message too big',
  1010: 'extension missing',
  1011: 'server error',
  1012: 'service restart',
  1013: 'try again later',
  1014: 'bad gateway',
  1015: 'TLS handshake failed',
}
