/**
 * What one stream sends of its answer: as much as the windows of the stream and the connection allow, as fast as
 * `limit_rate` does; the rest waits (ngx_http_v2_filter_module.c).
 */
import type { Exchange } from '../request/exchange.ts'
import { Pace } from '../request/pace.ts'
import type { LastFrame } from './http2-output.ts'
import type { Http2Stream } from './http2-stream.ts'

const defaultChunkSize = 8192

export class Sending {
  /** The stream's window; may go below zero when the client makes it smaller. */
  window: number
  /** Waits for a window or for the socket. */
  waiting = false
  readonly #stream: Http2Stream
  #queue: Buffer[] = []
  #queued = 0
  #pace: Pace | undefined
  readonly #last: LastFrame = { buffer: undefined, fill: 0, at: 0, size: 0 }

  constructor(stream: Http2Stream, window: number) {
    this.#stream = stream
    this.window = window
  }

  /** Bytes that wait. */
  get pending(): number {
    return this.#queued + (this.#pace?.pending ?? 0)
  }

  /** `limit_rate`: the body of each stream goes through a pace of its own. */
  limit(x: Exchange, limit: { rate: number; after: number }): void {
    this.#pace = new Pace({
      ...limit,
      clock: x.cycle.clock,
      startedAt: x.startedAt,
      send: (piece) => this.#write(x, piece, 0, piece.length, true),
      ready: () => this.#stream.sent(x),
    })
  }

  /** A piece of the body; false: nothing more before `sent` of the stream. */
  write(x: Exchange, buffer: Buffer, start: number, end: number, stays: boolean): boolean {
    if (!this.#pace) return this.#write(x, buffer, start, end, stays)
    const piece = buffer.subarray(start, end)
    return this.#pace.push(stays ? piece : Buffer.from(piece))
  }

  #write(x: Exchange, buffer: Buffer, start: number, end: number, stays: boolean): boolean {
    const sent = this.waiting ? start : this.#send(x, buffer, start, end)
    if (sent < end) {
      const rest = buffer.subarray(sent, end)
      this.#queue.push(stays ? rest : Buffer.from(rest))
      this.#queued += end - sent
    }
    // A full socket is waited for before the next piece, not with this one.
    if (!this.waiting && (sent < end || this.#stream.connection.output.blocked)) this.#wait(x)
    return !this.waiting
  }

  /** Sends as much as the windows allow; up to where. */
  #send(x: Exchange, buffer: Buffer, start: number, end: number): number {
    const { connection, id } = this.#stream
    const most = Math.min(
      x.settings.fields.http2ChunkSize ?? defaultChunkSize,
      connection.clientSettings.frameSize,
    )
    let at = start
    while (at < end) {
      const room = most - (this.#last.size % most)
      const size = Math.min(end - at, room, this.window, connection.sendWindow)
      if (size <= 0) break
      x.bytesSent += size + connection.output.data(id, buffer, at, at + size, most, this.#last)
      connection.sendWindow -= size
      connection.payload += size
      this.window -= size
      at += size
    }
    return at
  }

  #wait(x: Exchange): void {
    this.waiting = true
    this.#stream.connection.waits(this.#stream)
    this.#stream.wait('send', x.settings.sendTimeout)
  }

  /** A window has opened or the socket takes more: goes on; true if it has to wait again. */
  goOn(): boolean {
    const stream = this.#stream
    const { x } = stream
    if (!x || stream.outClosed) return false
    for (let piece = this.#queue[0]; piece !== undefined; piece = this.#queue[0]) {
      if (stream.connection.output.blocked) return true
      const sent = this.#send(x, piece, 0, piece.length)
      this.#queued -= sent
      if (sent < piece.length) {
        this.#queue[0] = piece.subarray(sent)
        if (sent > 0) stream.wait('send', x.settings.sendTimeout)
        return true
      }
      this.#queue.shift()
    }
    if (stream.connection.output.blocked) return true
    this.waiting = false
    stream.clearWait('send')
    if (!this.#pace || this.#pace.drained()) stream.sent(x)
    return this.waiting
  }

  /** The last frame ends the stream; how many bytes that took. */
  end(): number {
    return this.#stream.connection.output.end(this.#stream.id, this.#last)
  }

  /** Nothing of it goes out any more. */
  drop(): void {
    this.#pace?.dispose()
    this.#queue = []
    this.#queued = 0
    this.waiting = false
  }
}
