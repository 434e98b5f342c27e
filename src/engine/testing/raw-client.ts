/** A client that says exactly these bytes and tells what it was sent, piece by piece. */
import { connect, type Socket } from 'node:net'

/** One open connection. Texts are bytes, one a character. */
export interface RawClient {
  readonly socket: Socket
  /** All that came so far. */
  readonly received: string
  /** The connection is over. */
  readonly isClosed: boolean
  send(bytes: string): void
  /** Sends our last byte; what is still to come is read. */
  end(): void
  /** Resolves with all that came when it holds this text, once more than `after` bytes. */
  until(text: string, after?: number): Promise<string>
  /** Resolves with all that came when the connection is over. */
  readonly closed: Promise<string>
  destroy(): void
}

/** Connects to a port of this machine. */
export function rawClient(port: number): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    let received = ''
    let over = false
    const waiting = new Set<() => void>()
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const closed = new Promise<string>((done) => {
      socket.on('close', () => {
        over = true
        for (const look of waiting) look()
        done(received)
      })
    })
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => {
      received += piece
      for (const look of waiting) look()
    })
    socket.on('end', () => socket.end())
    socket.on('error', reject) // after the connection stands, 'close' says all there is to say
    socket.on('connect', () => {
      resolve({
        socket,
        get received() {
          return received
        },
        get isClosed() {
          return over
        },
        send: (bytes) => void socket.write(bytes, 'latin1'),
        end: () => void socket.end(),
        until: (text, after = 0) =>
          new Promise((found, missing) => {
            const look = (): void => {
              if (received.indexOf(text, after) >= 0) found(received)
              else if (over) missing(new Error(`closed without ${JSON.stringify(text)}: ${received}`))
              else return
              waiting.delete(look)
            }
            waiting.add(look)
            look()
          }),
        closed,
        destroy: () => void socket.destroy(),
      })
    })
  })
}
