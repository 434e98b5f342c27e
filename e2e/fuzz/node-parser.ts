import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'

/** A request as node:http reads it. */
export interface NodeRequest {
  readonly method: string
  readonly target: string
  /** Undefined where it was not whole. */
  readonly body: string | undefined
}

const server = createServer({ requireHostHeader: false }, answer)
// An expectation is answered like anything else: only how it is read counts.
server.on('checkContinue', answer)
server.on('checkExpectation', answer)
// What is refused is over: it is not answered.
server.on('clientError', (_error, socket) => socket.destroy())

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request
  if (socket instanceof Wire) socket.add(request)
  request.on('end', () => response.end())
}

/** A connection without a network: all bytes are there, and then the end. */
class Wire extends Duplex {
  readonly requests: NodeRequest[] = []
  /** Asked for by node:http, which talks to sockets. */
  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  override _read(): void {
    // everything was pushed at once
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done()
  }

  add(request: IncomingMessage): void {
    const at = this.requests.length
    const { method = '', url: target = '' } = request
    this.requests.push({ method, target, body: undefined })
    let body = ''
    request.setEncoding('latin1').on('data', (piece: string) => (body += piece))
    request.on('end', () => (this.requests[at] = { method, target, body }))
    request.on('error', () => undefined) // cut off: its body stays undefined
  }
}

/** What node:http makes of a connection with these bytes, up to where it refuses them. */
export function readByNode(bytes: Buffer): Promise<readonly NodeRequest[]> {
  const wire = new Wire()
  return new Promise((resolve) => {
    wire.on('close', () => resolve(wire.requests))
    server.emit('connection', wire)
    wire.push(bytes)
    wire.push(null)
  })
}
