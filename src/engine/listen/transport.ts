/**
 * Reading sockets through one buffer that all of them share: what came is dealt with before anything else is read,
 * so no piece needs memory of its own. Measured: a sixth of what a small proxied request costs. A socket that fills
 * the buffer has more to say: it reads on into one of its own, which is written on without being copied.
 */
import { Socket, type OnReadOpts } from 'node:net'
import type { TLSSocket } from 'node:tls'

// What one read brings at most; Node's own reads are as large.
const readSize = 65_536
const shared = Buffer.allocUnsafeSlow(readSize)
// Twice what a plain read brings: half the calls, and small enough to have one for every stream.
const streamSize = 131_072
// A read that brings less than this is no stream any more.
const trickle = 8192

/** Takes a piece that came. It may be overwritten as soon as this returns; `owned` makes one that may be kept. */
export type Take = (piece: Buffer) => void

/** Somebody with a buffer to read into, who lends it out with each piece. */
export interface Lender {
  /** Undefined: it was kept by somebody who got a piece of it. */
  own: Buffer | undefined
}

/** Whose piece is being dealt with, and the memory that it is of. */
let loan: { readonly from: Lender; readonly memory: ArrayBufferLike } | undefined
/** How many still need what lies in some memory: pieces of one read may be on their way to several places. */
const needed = new WeakMap<ArrayBufferLike, number>()
const spare: Buffer[] = []
const mostSpare = 16

/** A buffer for a stream; `giveBack` takes it when its owner needs it no more. */
export function streamBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(streamSize)
}

/** What somebody still owns is used again, if it is such a buffer. */
export function giveBack(from: Lender): void {
  if (from.own) recycle(from.own.buffer)
  from.own = undefined
}

function recycle(memory: ArrayBufferLike): void {
  if (memory.byteLength === streamSize && spare.length < mostSpare) spare.push(Buffer.from(memory))
}

/** Lets `deal` deal with a piece of somebody's buffer, who must look afterwards whether it is there still. */
export function lend(from: Lender, deal: () => void): void {
  const outer = loan
  loan = from.own && { from, memory: from.own.buffer }
  deal()
  loan = outer
}

/**
 * A piece that may be kept: itself where its memory is its own or was lent and is worth it, else a copy.
 * `release` says that it is needed no more; without that its memory is never used again.
 */
export function owned(piece: Buffer): Buffer {
  if (piece.buffer === shared.buffer) return Buffer.from(piece)
  if (piece.buffer !== loan?.memory) return piece
  if (piece.length < streamSize / 2) return Buffer.from(piece)
  keep(piece)
  return piece
}

/** What `owned` gave is needed no more. */
export function release({ buffer }: Buffer): void {
  const others = (needed.get(buffer) ?? 0) - 1
  if (others > 0) needed.set(buffer, others)
  else if (needed.delete(buffer)) recycle(buffer)
}

/** Nothing is read into the memory of a piece, if it was lent, until it has been released. */
function keep({ buffer }: Buffer): boolean {
  if (buffer !== loan?.memory) return false
  loan.from.own = undefined
  needed.set(buffer, (needed.get(buffer) ?? 0) + 1)
  return true
}

/** Writes a piece that may be overwritten as soon as this returns. What the kernel takes at once is not copied. */
export function writePiece(socket: Socket, piece: Buffer): boolean {
  if (piece.buffer === shared.buffer) return socket.write(Buffer.from(piece))
  let kept = false
  const flowing = socket.write(piece, (error) => {
    // After an error the kernel may be at it still.
    if (kept && !error) release(piece)
  })
  if (socket.writableLength > 0) kept = keep(piece)
  return flowing
}

/** Where one socket reads to. */
class Reader implements Lender {
  readonly #take: Take
  /** Its own buffer, while it streams. */
  own: Buffer | undefined

  constructor(take: Take) {
    this.#take = take
  }

  read(size: number, buffer: Uint8Array): boolean {
    const { own } = this
    if (!own) {
      this.#take(shared.subarray(0, size))
      if (size === buffer.length) this.own = streamBuffer()
      return true
    }
    lend(this, () => this.#take(own.subarray(0, size)))
    if (size >= trickle) this.own ??= streamBuffer()
    else giveBack(this)
    return true
  }
}

/** For `net.connect`: the socket reads into the shared buffer. */
export function sharedRead(take: Take): OnReadOpts {
  const reader = new Reader(take)
  return {
    buffer: () => reader.own ?? shared,
    callback: (size, buffer) => reader.read(size, buffer),
  }
}

/** What a socket that a server accepted has inside; not part of Node's documented interface, so every part may lack. */
interface Inside {
  _handle?: { useUserBuffer?(buffer: Buffer): void } | null
  _server?: unknown
}

/**
 * Makes a socket that has just been accepted read into the shared buffer. Node can do that only for a socket it makes
 * itself, so the connection moves into a new one, which is returned. Where this Node keeps a connection in another way,
 * or where somebody has begun to read, the socket stays as it is and `take` gets its `data`.
 */
export function readShared(socket: Socket, take: Take): Socket {
  const inside = socket as unknown as Inside
  const handle = inside._handle
  const untouched = socket.readableFlowing === null && socket.readableLength === 0
  if (!untouched || typeof handle?.useUserBuffer !== 'function' || inside._server === undefined) {
    socket.on('data', take)
    return socket
  }
  const options = { handle, allowHalfOpen: socket.allowHalfOpen, onread: sharedRead(take) }
  const moved = new Socket(options as ConstructorParameters<typeof Socket>[0])
  // The server counts its connections down when the socket that knows it closes.
  ;(moved as unknown as Inside)._server = inside._server
  inside._server = null
  inside._handle = null
  return moved
}

/** Under these descriptions a socket keeps what `onread` said; not part of Node's documented interface either. */
const onreadParts = ['kBuffer', 'kBufferCb'] as const
let onreadSymbols: readonly symbol[] = []

function findOnread(socket: TLSSocket): readonly symbol[] {
  const symbols = Object.getOwnPropertySymbols(socket)
  const found = onreadParts.flatMap((name) => symbols.find(({ description }) => description === name) ?? [])
  return found.length === onreadParts.length ? found : []
}

/**
 * Makes a TLS socket that has just been made, or has just been secured, read into the shared buffer. Node can do that
 * only for a client's own; for others its buffers, one for each read, would be most of what reading costs. Where this
 * Node keeps them in another way, or where somebody has begun to read, `take` gets the socket's `data`.
 */
export function readSecured(socket: TLSSocket, take: Take): void {
  const inside = socket as unknown as Inside & Record<symbol, unknown>
  const handle = inside._handle
  // All sockets of a program have the same ones.
  if (onreadSymbols.length === 0) onreadSymbols = findOnread(socket)
  const [buffer, callback] = onreadSymbols
  const untouched = socket.readableFlowing === null && socket.readableLength === 0
  if (!untouched || typeof handle?.useUserBuffer !== 'function' || !buffer || !callback) {
    socket.on('data', take)
    return
  }
  inside[buffer] = shared
  inside[callback] = (size: number): boolean => {
    take(shared.subarray(0, size))
    return true
  }
  handle.useUserBuffer(shared)
  socket.resume()
}
