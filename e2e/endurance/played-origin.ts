/** An origin that is played by hand: it notes what comes, says what it is told, and resets when it is told. */
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

export class PlayedOrigin {
  readonly #server: net.Server
  readonly #open = new Set<net.Socket>()
  #latest: net.Socket | undefined
  #received = ''
  #requests = 0
  readonly #lookers = new Set<() => void>()

  constructor() {
    this.#server = net.createServer({ noDelay: true }, (socket) => {
      this.#open.add(socket)
      this.#latest = socket
      socket.setEncoding('latin1')
      socket.on('data', (piece: string) => {
        this.#latest = socket
        this.#received += piece
        this.#requests += piece.split('\r\n\r\n').length - 1
        this.#look()
      })
      socket.on('error', () => undefined) // 'close' follows
      socket.on('end', () => socket.end())
      socket.on('close', () => {
        this.#open.delete(socket)
        this.#look()
      })
    })
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Another play begins. */
  forget(): void {
    this.#received = ''
    this.#requests = 0
  }

  send(text: string): void {
    this.#latest?.write(text, 'latin1')
  }

  reset(): void {
    this.#latest?.resetAndDestroy()
  }

  /** Closes what is still open. */
  release(): void {
    for (const socket of this.#open) socket.destroy()
  }

  /** So many requests have come, at least their heads. */
  untilRequest(count = 1): Promise<void> {
    return this.#until(() => this.#requests >= count, 'a request')
  }

  untilBytes(text = ''): Promise<void> {
    return this.#until(() => this.#received.length > 0 && this.#received.includes(text), 'bytes')
  }

  /** The connection that came last is over. */
  untilGone(): Promise<void> {
    const socket = this.#latest
    return this.#until(() => socket === undefined || !this.#open.has(socket), 'the end of its connection')
  }

  /** What was said has been taken. */
  async untilSent(): Promise<void> {
    const socket = this.#latest
    if (socket && socket.writableLength > 0) await once(socket, 'drain')
  }

  async close(): Promise<void> {
    this.release()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #look(): void {
    for (const look of this.#lookers) look()
  }

  #until(holds: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#lookers.delete(look)
        reject(new Error(`the origin never saw ${what}`))
      }, 10_000)
      const look = (): void => {
        if (!holds()) return
        clearTimeout(late)
        this.#lookers.delete(look)
        resolve()
      }
      this.#lookers.add(look)
      look()
    })
  }
}
