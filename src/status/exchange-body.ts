/** What can be seen of the bodies of an exchange, where they were recorded. */

/**
 * Which of an exchange's messages: `request` as received from the client, `upstream-request` where another body than
 * that was sent on (`proxy_set_body`), `upstream-response` as received, `response` as sent to the client.
 */
export const bodySides = ['request', 'upstream-request', 'upstream-response', 'response'] as const
export type BodySide = (typeof bodySides)[number]

/** Whether bodies are recorded, and how much of them. Sizes are bytes. */
export interface BodyRecording {
  readonly on: boolean
  /** Of one body no more than this is kept. */
  readonly bodyLimit: number
  /** All that is kept together; the oldest go first. */
  readonly memory: number
  /** What is kept now. */
  readonly used: number
  /** Exchanges of which something is kept. */
  readonly exchanges: number
}

/** What is kept of one body. */
export interface BodyStatus {
  readonly side: BodySide
  /** Bytes that passed, without framing. */
  readonly size: number
  /** Bytes that are kept: the first ones. */
  readonly kept: number
  /** It is the same as this one. */
  readonly same?: BodySide
}

/** What was recorded of an exchange. */
export interface ExchangeBodies {
  readonly bodies: readonly BodyStatus[]
  /** Messages of a WebSocket or events of a stream that have been seen. */
  readonly frames: number
}

/** A body, or the beginning of it. */
export interface BodyContent extends BodyStatus {
  readonly contentType?: string
  /** The content codings it was sent in, outermost last: `gzip`. */
  readonly coding?: string
  /** The bytes: decoded where that was asked for and possible. */
  readonly base64: string
  /** They are decoded. */
  readonly decoded: boolean
  /** Why they are not, or not all of them, in one sentence. */
  readonly problem?: string
}

/** One message of a WebSocket, or one server-sent event. */
export interface ExchangeFrame {
  /** Counts from 1 within the exchange. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly from: 'client' | 'upstream'
  readonly kind: 'text' | 'binary' | 'close' | 'ping' | 'pong' | 'event' | 'broken'
  /** Bytes on the wire, without the frames' heads. */
  readonly size: number
  /** What it says, where it is text. */
  readonly text?: string
  /** What it holds, where it is not. */
  readonly base64?: string
  /** Only its beginning is here. */
  readonly cut?: true
  /** It was compressed by permessage-deflate. */
  readonly compressed?: true
  /** Frames it came in, where it was more than one. */
  readonly fragments?: number
  /** Why it could not be read, in one sentence. */
  readonly problem?: string
  /** Of a close: RFC 6455 §7.4. */
  readonly code?: number
  /** Of an event: its name and id. */
  readonly event?: string
  readonly id?: string
}
