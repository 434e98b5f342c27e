/**
 * How much a connection bears that carries nothing: nginx's measures against floods (ngx_http_v2.c), and those of its
 * later versions against requests that are begun and reset at once (CVE-2023-44487).
 */
import type { ServerSettings } from '../cycle/settings.ts'
import { errorCode, Http2Error } from '../wire/http2-error.ts'
import { defaultWindow } from '../wire/http2-frames.ts'
import type { Http2Output } from './http2-output.ts'

// Frames that carry nothing, in bytes, beyond eight times what carries something.
const floodShare = 8
const floodAllowance = 1_048_576
/** Answers to PING and SETTINGS that may wait for a client that reads nothing. */
const mostWaitingFrames = 10_000
/** Streams that may be refused before the connection is ended, and at least so many PRIORITY frames. */
const leastPatience = 100

export class Patience {
  readonly #server: ServerSettings
  #received = 0
  #priorities: number
  #refused = 0
  #newInRead = 0
  #idleReads = 0

  constructor(server: ServerSettings) {
    this.#server = server
    this.#priorities = this.#most
  }

  get #most(): number {
    return Math.max(this.#server.http2.maxConcurrentStreams, leastPatience)
  }

  /** So many bytes have come in one read. */
  read(bytes: number): void {
    this.#newInRead = 0
    this.#received += bytes
  }

  /** A read has left nothing to do. */
  idleRead(): void {
    this.#idleReads++
  }

  /** `payload`: bytes of content in both directions. */
  isFlood({ overhead, waitingFrames }: Http2Output, payload: number): boolean {
    return (
      (this.#received + overhead) / floodShare > payload + floodAllowance ||
      waitingFrames > mostWaitingFrames ||
      this.#idleReads > 10 * this.#server.root.keepalive.requests
    )
  }

  streamBegins(): void {
    this.#priorities += this.#server.http2.maxConcurrentStreams
  }

  /** A PRIORITY frame has come. */
  priority(): void {
    if (--this.#priorities === 0)
      throw new Http2Error(errorCode.enhanceYourCalm, 'client sent too many PRIORITY frames')
  }

  /** Why a stream is not begun, if it is not. `processing`: how many are; `acknowledged`: our settings have been. */
  refusal(processing: number, acknowledged: boolean, endStream: boolean): string | undefined {
    const { maxConcurrentStreams, prereadSize } = this.#server.http2
    if (processing >= maxConcurrentStreams) return `concurrent streams exceeded ${processing}`
    // Unlike nginx 1.22, which later versions have corrected: streams begun and reset at once cost it all the work.
    if (this.#newInRead++ >= 2 * maxConcurrentStreams) return 'client sent too many streams at once'
    if (!acknowledged && !endStream && prereadSize < defaultWindow)
      return 'client sent stream with data before settings were acknowledged'
    return undefined
  }

  /** A stream has been refused. */
  refused(): void {
    if (this.#refused++ >= this.#most)
      throw new Http2Error(errorCode.noError, 'client sent too many refused streams')
  }
}
