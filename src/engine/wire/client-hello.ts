/**
 * The first message of a TLS client, as far as choosing a certificate needs it: the name it asks for and
 * what it can do. Nothing is verified here; the TLS library reads the same bytes again.
 * Source: RFC 8446 §4.1.2, RFC 6066 §3.
 */

/** What a client says before anything is encrypted. */
export interface ClientHello {
  /** The name by SNI; empty without one. */
  readonly serverName: string
  /** Cipher suites in its order, by their numbers. */
  readonly ciphers: readonly number[]
  /** Groups for the key exchange in its order, by their numbers. */
  readonly groups: readonly number[]
}

export type ClientHelloResult =
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  /** The bytes so far may become one. */
  | { readonly kind: 'more' }
  /** TLS that is broken or of another kind; the TLS library says what is wrong with it. */
  | { readonly kind: 'unreadable' }

const handshakeRecord = 22
const clientHello = 1
const recordHead = 5
const messageHead = 4
// Larger than any that is sent; a client cannot make us remember more.
const longestHello = 65_536

const serverNameExtension = 0
const groupsExtension = 10

const more: ClientHelloResult = { kind: 'more' }
const unreadable: ClientHelloResult = { kind: 'unreadable' }

/** Reads a ClientHello that begins at the first byte of a connection. */
export function parseClientHello(buffer: Buffer): ClientHelloResult {
  const message = firstMessage(buffer)
  if (message === 'more' || message === 'unreadable') return message === 'more' ? more : unreadable
  const hello = readHello(new Cursor(message))
  return hello === undefined ? unreadable : { kind: 'hello', hello }
}

/** The body of the first handshake message, taken out of the records it came in. */
function firstMessage(buffer: Buffer): Buffer | 'more' | 'unreadable' {
  const pieces: Buffer[] = []
  let gathered = 0
  let wanted = messageHead
  for (let at = 0; gathered < wanted;) {
    if (buffer.length < at + recordHead) return 'more'
    if (buffer[at] !== handshakeRecord || buffer[at + 1] !== 3) return 'unreadable'
    const size = buffer.readUInt16BE(at + 3)
    if (size === 0) return 'unreadable'
    const start = at + recordHead
    const piece = buffer.subarray(start, start + size)
    pieces.push(piece)
    gathered += piece.length
    if (wanted === messageHead && gathered >= messageHead) {
      const head = Buffer.concat(pieces)
      if (head[0] !== clientHello) return 'unreadable'
      wanted = messageHead + head.readUIntBE(1, 3)
      if (wanted > longestHello) return 'unreadable'
    }
    if (piece.length < size && gathered < wanted) return 'more'
    at = start + size
  }
  const [only] = pieces
  const all = pieces.length === 1 && only ? only : Buffer.concat(pieces)
  return all.subarray(messageHead, wanted)
}

/** Reads numbers from a message; past its end it reads zeros and `broken` is set. */
class Cursor {
  broken = false
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  uint(size: number): number {
    if (this.left < size) {
      this.broken = true
      return 0
    }
    const value = this.#bytes.readUIntBE(this.at, size)
    this.at += size
    return value
  }

  /** So many bytes, as a message of their own. */
  take(size: number): Cursor {
    if (this.left < size) {
      this.broken = true
      return new Cursor(Buffer.alloc(0))
    }
    const taken = new Cursor(this.#bytes.subarray(this.at, this.at + size))
    this.at += size
    return taken
  }

  /** What is left, as pairs of bytes. */
  pairs(): number[] {
    const values: number[] = []
    while (this.left >= 2) values.push(this.uint(2))
    return values
  }

  text(): string {
    return this.#bytes.toString('latin1', this.at)
  }
}

function readHello(message: Cursor): ClientHello | undefined {
  message.take(2 + 32) // legacy version and random
  message.take(message.uint(1)) // session id
  const ciphers = message.take(message.uint(2)).pairs()
  message.take(message.uint(1)) // compression methods
  if (message.broken) return undefined
  let serverName = ''
  let groups: number[] = []
  if (message.left > 0) {
    const extensions = message.take(message.uint(2))
    while (extensions.left > 0 && !extensions.broken) {
      const type = extensions.uint(2)
      const body = extensions.take(extensions.uint(2))
      if (type === serverNameExtension) serverName = hostName(body.take(body.uint(2)))
      else if (type === groupsExtension) groups = body.take(body.uint(2)).pairs()
    }
    if (extensions.broken) return undefined
  }
  return message.broken ? undefined : { serverName, ciphers, groups }
}

/** The `host_name` of a list of names; there is no other kind. */
function hostName(names: Cursor): string {
  while (names.left > 0 && !names.broken) {
    const kind = names.uint(1)
    const name = names.take(names.uint(2))
    if (kind === 0) return name.text()
  }
  return ''
}
