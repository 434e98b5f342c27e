/** One end of a connection, played by hand: it says bytes, notes what it hears and how the other end leaves. */
import { once } from 'node:events'
import net from 'node:net'
import { Duplex } from 'node:stream'
import tls from 'node:tls'

/** How the other end left: it closed, or it reset. */
export type Leaving = 'FIN' | 'RST'

export class End {
  /** What was heard, TLS taken off; bytes, one a character. */
  heard = ''
  left: Leaving | undefined
  readonly raw: net.Socket
  readonly stream: net.Socket
  readonly #wire: TlsWire | undefined

  /** `stream`: what speaks through the raw one. */
  constructor(raw: net.Socket, stream: net.Socket = raw, wire?: TlsWire) {
    this.raw = raw
    this.stream = stream
    this.#wire = wire
    stream.on('data', (piece: Buffer) => (this.heard += piece.toString('latin1')))
    stream.on('error', () => undefined) // The raw one tells.
    raw.on('end', () => (this.left ??= 'FIN'))
    raw.on('error', () => (this.left ??= 'RST'))
    raw.on('close', () => (this.left ??= 'FIN'))
  }

  /** The last record was an alert: close_notify, if nothing is wrong. */
  get saidGoodbye(): boolean | undefined {
    return this.#wire?.endsWithAlert
  }

  say(text: string | Buffer): void {
    if (text.length > 0) this.stream.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Leaves with a RST (SO_LINGER 0). */
  reset(): void {
    this.raw.resetAndDestroy()
  }

  destroy(): void {
    this.stream.destroy()
    this.raw.destroy()
  }
}

/** Stands between TLS and its socket, and sees records. */
export class TlsWire extends Duplex {
  endsWithAlert = false
  readonly #raw: net.Socket
  #unread: Buffer = Buffer.alloc(0)

  constructor(raw: net.Socket) {
    super()
    this.#raw = raw
    raw.on('data', (piece: Buffer) => {
      this.#look(piece)
      if (!this.push(piece)) raw.pause()
    })
    raw.on('end', () => this.push(null))
    raw.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#raw.resume()
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#raw.write(piece, done)
  }

  override _final(done: () => void): void {
    this.#raw.end(done)
  }

  // TLS 1.3 hides the type of a record: an alert is one of two bytes, its true type and a tag of sixteen.
  #look(piece: Buffer): void {
    let bytes = Buffer.concat([this.#unread, piece])
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3)) {
      const [type, length] = [bytes.readUInt8(0), bytes.readUInt16BE(3)]
      this.endsWithAlert = type === 21 || (type === 23 && length === 2 + 1 + 16)
      bytes = bytes.subarray(5 + length)
    }
    this.#unread = bytes
  }
}

/** An end on its way to a port; with `secure`, TLS with these options over it. `opened` says when it stands. */
export function endTo(port: number, secure?: tls.ConnectionOptions): End {
  const raw = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  if (!secure) return new End(raw)
  const wire = new TlsWire(raw)
  return new End(raw, tls.connect({ ...secure, socket: wire, rejectUnauthorized: false }), wire)
}

export async function opened(end: End): Promise<End> {
  await once(end.stream, end.raw === end.stream ? 'connect' : 'secureConnect')
  return end
}
