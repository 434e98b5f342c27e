/** The client's side of an exchange, whatever protocol it speaks. */
import type { TLSSocket } from 'node:tls'
import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** Who is at the other end, and which of our addresses was reached. */
export interface ClientAddress {
  /** `unix:` for unix sockets. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  /** The port of this machine that was reached; 0 for unix sockets. */
  readonly localPort: number
  /** The port of the configuration, not the one mapped to on this machine: `$server_port`. */
  readonly serverPort: number
  readonly ssl: TLSSocket | undefined
  /** The name asked for by SNI, as it was sent; empty without one. */
  readonly sni: string
  /** Counts connections from 1; `$connection`. */
  readonly serial: number
  readonly requests: number
  readonly startedMono: number
  readonly proxyProtocol:
    { address: string; port: number; serverAddress: string; serverPort: number } | undefined
}

/** Where an answer's body goes: the client, or a filter in front of it. */
export interface Output {
  /**
   * Hands on a piece. False: wait for `onDrain` before more. Whoever takes it copies it or has it made its own
   * (`owned` and `writePiece` of `listen/transport.ts`), unless it `stays` as it is for good. What was not read from a
   * socket, or lent, must stay as it is until it is sent.
   */
  write(x: Exchange, buffer: Buffer, start: number, end: number, stays?: boolean): boolean
  /** What was written so far should reach the client now. */
  flush(x: Exchange): void
  /** The body is whole. */
  end(x: Exchange): void
}

/** One request's place on a client connection. */
export interface ClientSide extends Output {
  /** HTTP/1.x and HTTP/2 write heads differently. */
  readonly protocol: 'http/1' | 'h2' | 'none'
  /** Hands over the head; bodyless answers (HEAD, 204, 304) get `end` next. */
  head(x: Exchange, answer: Answer): void
  /** An interim answer (100 Continue, 103). */
  interim(x: Exchange, status: number, lines: string): void
  /** Called once when a `write` that said false may go on. */
  onDrain: (() => void) | undefined
  /** Takes a status instead of the page that would be made for it; false: make the page. Only subrequests have this. */
  refused?: (x: Exchange, status: number) => boolean
  /** The body could not be finished: the client must see that it is cut off. */
  abort(x: Exchange): void
  /** Bytes handed to the socket that are still on their way. */
  pending(): number
  /** Takes the connection out of HTTP after a 101: raw bytes from here on; undefined where impossible. */
  upgrade(x: Exchange): Tunnel | undefined
}

/** A raw connection after an upgrade. */
export interface Tunnel {
  /** Bytes that came behind the request's head. */
  readonly early: Buffer
  /** The client's last byte leaves the other direction open. */
  readonly halfCloses: boolean
  onData: (buffer: Buffer) => void
  /** The other end sent its last byte. */
  onEnd: () => void
  /** It is over; `error` is the system's, as nginx says it, where it broke. */
  onClose: (error?: string) => void
  onDrain: () => void
  write(buffer: Buffer): boolean
  end(): void
  pause(): void
  resume(): void
  destroy(): void
}
