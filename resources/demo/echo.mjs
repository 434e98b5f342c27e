// The WebSocket echo of the demo: RFC 6455 on the socket of an upgraded request, without extensions.
import { createHash } from 'node:crypto'

/** RFC 6455 §1.3. */
const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** The longest message, in bytes: a demo is no file transfer. */
const mostMessage = 1 << 20
const opcodes = { more: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa }
const codes = { protocol: 1002, notUtf8: 1007, tooBig: 1009 }

/**
 * Answers an upgrade with a connection that says everything back.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:stream').Duplex} socket
 * @param {Buffer} head bytes that came right behind the request
 */
export function answerUpgrade(request, socket, head) {
  const key = request.headers['sec-websocket-key']
  const asked = request.headers.upgrade?.toLowerCase() === 'websocket'
  if (!asked || key === undefined || request.headers['sec-websocket-version'] !== '13') {
    socket.end(
      'HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    )
    return
  }
  const accept = createHash('sha1')
    .update(key + magic)
    .digest('base64')
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  const receive = echo(socket)
  socket.on('error', () => socket.destroy()) // a client that leaves is no news here
  socket.on('data', receive)
  socket.on('end', () => socket.end())
  if (head.length > 0) receive(head)
}

/**
 * Reads frames and writes their echo.
 * @param {import('node:stream').Duplex} socket
 * @returns {(bytes: Buffer) => void}
 */
function echo(socket) {
  let waiting = Buffer.alloc(0)
  let closed = false
  /** @type {Buffer[]} */
  let parts = []
  let opcode = opcodes.more

  const close = (/** @type {number} */ code) => {
    closed = true
    const body = Buffer.alloc(2)
    body.writeUInt16BE(code)
    socket.end(frame(opcodes.close, body))
  }

  const receive = (/** @type {ReturnType<typeof readFrame> & object} */ { last, kind, body }) => {
    if (kind === opcodes.ping) return void socket.write(frame(opcodes.pong, body))
    if (kind === opcodes.pong) return
    if (kind === opcodes.close) {
      closed = true
      return void socket.end(frame(opcodes.close, body.subarray(0, 2)))
    }
    const isFirst = kind === opcodes.text || kind === opcodes.binary
    // A message begins with its kind, goes on without one, and is not begun within another (§5.4).
    if (isFirst === (opcode !== opcodes.more) || (!isFirst && kind !== opcodes.more))
      return close(codes.protocol)
    if (isFirst) opcode = kind
    parts.push(body)
    if (parts.reduce((sum, part) => sum + part.length, 0) > mostMessage) return close(codes.tooBig)
    if (!last) return
    const message = Buffer.concat(parts)
    const said = opcode
    parts = []
    opcode = opcodes.more
    if (said === opcodes.text && !isUtf8(message)) return close(codes.notUtf8)
    socket.write(frame(said, message))
  }

  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes])
    while (!closed) {
      const next = readFrame(waiting)
      if (next === undefined) return
      if (typeof next === 'number') return close(next)
      waiting = waiting.subarray(next.size)
      receive(next)
    }
  }
}

/**
 * The first frame of these bytes (§5.2); undefined until it is whole, or the code to close with.
 * @param {Buffer} bytes
 */
function readFrame(bytes) {
  if (bytes.length < 2) return undefined
  const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)]
  const kind = first & 0x0f
  const last = (first & 0x80) !== 0
  const short = second & 0x7f
  // Reserved bits, a client's frame without mask, or a control frame that is long or in parts.
  if ((first & 0x70) !== 0 || (second & 0x80) === 0 || (kind >= 8 && (short > 125 || !last)))
    return codes.protocol
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length < 2 + wide + 4) return undefined
  const length = wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (length > mostMessage) return codes.tooBig
  const start = 2 + wide + 4
  if (bytes.length < start + length) return undefined
  const mask = bytes.subarray(start - 4, start)
  const body = Buffer.from(bytes.subarray(start, start + length))
  for (let i = 0; i < body.length; i++) body.writeUInt8(body.readUInt8(i) ^ mask.readUInt8(i & 3), i)
  return { kind, last, body, size: start + length }
}

/**
 * One whole, unmasked frame.
 * @param {number} kind
 * @param {Buffer} body
 */
function frame(kind, body) {
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10)
  head.writeUInt8(0x80 | kind, 0)
  if (head.length === 2) head.writeUInt8(body.length, 1)
  else if (head.length === 4) head.writeUInt16BE(body.length, head.writeUInt8(126, 1))
  else head.writeBigUInt64BE(BigInt(body.length), head.writeUInt8(127, 1))
  return Buffer.concat([head, body])
}

/** @param {Buffer} bytes */
function isUtf8(bytes) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
