/** Whether a client's socket is read from: not while what has come waits, and in turns where many send much at once. */
import type { Socket } from 'node:net'
import { largePiece, mayMove, type Flow } from '../turn-share.ts'

export class Reading implements Flow {
  readonly #socket: Socket
  #paused = false
  /** Others are to be read from first. */
  #resting = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (!this.#resting) this.#socket.resume()
  }

  /** So many bytes have come: after a large piece the next one may have to let others go first. */
  share(bytes: number): void {
    if (bytes < largePiece || this.#resting || mayMove(this, bytes)) return
    this.#resting = true
    this.#socket.pause()
  }

  goOn(): void {
    this.#resting = false
    if (!this.#paused) this.#socket.resume()
  }
}
