import type { Socket } from 'node:net'
import type { Tunnel } from '../request/client-side.ts'

/** The raw side of a client's socket after a 101, and the calls its connection makes. */
export function tunnelOf(
  socket: Socket,
  early: Buffer,
  sent: (bytes: number) => void,
): Tunnel & { feed(buffer: Buffer): void; ended(): void; closed(error?: string): void; drained(): void } {
  const tunnel = {
    early,
    halfCloses: false,
    onData: (_buffer: Buffer): void => undefined,
    onEnd: (): void => undefined,
    onClose: (_error?: string): void => undefined,
    onDrain: (): void => undefined,
    write(buffer: Buffer): boolean {
      if (socket.destroyed) return true
      sent(buffer.length)
      return socket.write(buffer)
    },
    end: (): void => void socket.end(),
    pause: (): void => void socket.pause(),
    resume: (): void => void socket.resume(),
    destroy: (): void => void socket.destroy(),
    feed: (buffer: Buffer): void => tunnel.onData(buffer),
    ended: (): void => tunnel.onEnd(),
    closed: (error?: string): void => tunnel.onClose(error),
    drained: (): void => tunnel.onDrain(),
  }
  return tunnel
}
