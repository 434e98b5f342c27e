/** A WebSocket on a stream (RFC 8441): what an HTTP/1.1 upgrade has as a raw connection. */
import type { Tunnel } from '../request/client-side.ts'

/** What the stream does for its tunnel. */
export interface TunnelStream {
  write(buffer: Buffer): boolean
  end(): void
  destroy(): void
  /** So many bytes have been taken: the client may send as many again. */
  consumed(bytes: number): void
}

export class Http2Tunnel implements Tunnel {
  readonly early: Buffer
  readonly halfCloses = true
  onData: (buffer: Buffer) => void = () => undefined
  onEnd: () => void = () => undefined
  onClose: () => void = () => undefined
  onDrain: () => void = () => undefined
  readonly #stream: TunnelStream
  #paused = false
  #held: Buffer[] = []
  #ended = false

  constructor(early: Buffer, stream: TunnelStream) {
    this.early = early
    this.#stream = stream
  }

  write(buffer: Buffer): boolean {
    return this.#stream.write(buffer)
  }

  end(): void {
    this.#stream.end()
  }

  destroy(): void {
    this.#stream.destroy()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    while (!this.#paused) {
      const piece = this.#held.shift()
      if (!piece) break
      this.#hand(piece)
    }
    if (this.#ended && this.#held.length === 0) this.onEnd()
  }

  /** The client has sent a piece. */
  feed(piece: Buffer): void {
    if (this.#paused || this.#held.length > 0) this.#held.push(piece)
    else this.#hand(piece)
  }

  #hand(piece: Buffer): void {
    this.onData(piece)
    this.#stream.consumed(piece.length)
  }

  /** The client has sent its last byte. */
  ended(): void {
    this.#ended = true
    if (this.#held.length === 0) this.onEnd()
  }

  closed(): void {
    this.onClose()
  }

  drained(): void {
    this.onDrain()
  }
}
