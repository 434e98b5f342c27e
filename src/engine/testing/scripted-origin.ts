/** An origin that answers as it is told and remembers what reached it. */
import { createServer, type AddressInfo, type Socket } from 'node:net'

/** A request as it reached the origin: its head, and what came behind it by the time it was answered. */
export interface OriginRequest {
  readonly path: string
  readonly head: string
  readonly socket: Socket
  /** Counts connections from 1. */
  readonly connection: number
  /** All bytes behind the head so far. */
  body: string
}

export interface ScriptedOrigin {
  readonly port: number
  readonly requests: readonly OriginRequest[]
  /** Resolves with the request of this number (from 1) when its head has come. */
  request(number: number): Promise<OriginRequest>
  /** Resolves when a request's body is this long. */
  body(number: number, length: number): Promise<string>
  close(): Promise<void>
}

/**
 * Listens on a free port. `answer`: the bytes for a request; undefined: none, the test speaks for it.
 * Bodies are told from heads by Content-Length alone.
 */
export async function scriptedOrigin(
  answer: (request: OriginRequest) => string | undefined,
): Promise<ScriptedOrigin> {
  const requests: OriginRequest[] = []
  const lookers = new Set<() => void>()
  const open = new Set<Socket>()
  let connections = 0
  const told = (): void => {
    for (const look of lookers) look()
  }
  const server = createServer({ noDelay: true }, (socket) => {
    const connection = ++connections
    let text = ''
    let current: OriginRequest | undefined
    open.add(socket)
    socket.setEncoding('latin1')
    socket.on('error', () => undefined) // the proxy may reset; 'close' follows
    socket.on('close', () => open.delete(socket))
    socket.on('data', (piece: string) => {
      if (current && lengthOf(current) > current.body.length) {
        current.body += piece
        told()
        return
      }
      text += piece
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = text.slice(0, end + 4)
      current = { path: head.split(' ')[1] ?? '', head, socket, connection, body: text.slice(end + 4) }
      text = ''
      requests.push(current)
      told()
      const bytes = answer(current)
      if (bytes !== undefined) socket.write(bytes, 'latin1')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const when = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = look()
        if (found === undefined) return
        lookers.delete(check)
        resolve(found)
      }
      lookers.add(check)
      check()
    })
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    request: (number) => when(() => requests[number - 1]),
    body: (number, length) =>
      when(() => {
        const body = requests[number - 1]?.body
        return body !== undefined && body.length >= length ? body : undefined
      }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function lengthOf(request: OriginRequest): number {
  // A body of unknown length, or a WebSocket, goes on for as long as bytes come.
  if (/^(transfer-encoding|upgrade):/im.test(request.head)) return Infinity
  return Number(/^content-length: (\d+)/im.exec(request.head)?.[1] ?? 0)
}
