import { Closing, parseMessage, type Channel } from './channel.ts'

/** A browser's WebSocket or one of the `ws` package, as far as it is needed here. */
export interface Socket {
  readonly readyState: number
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open', listener: (event: unknown) => void): void
  addEventListener(type: 'message', listener: (event: unknown) => void): void
  addEventListener(type: 'close', listener: (event: unknown) => void): void
  addEventListener(type: 'error', listener: (event: unknown) => void): void
}

const connecting = 0
const open = 1

/** A channel over a WebSocket; what is sent before it is open waits. */
export function webSocketChannel(socket: Socket): Channel {
  const closing = new Closing()
  let waiting: string[] = []
  const close = (): void => {
    if (closing.closed) return
    socket.close()
    closing.close()
  }
  socket.addEventListener('open', () => {
    const early = waiting
    waiting = []
    for (const text of early) socket.send(text)
  })
  socket.addEventListener('close', () => closing.close())
  // `close` follows every error; this only keeps Node from taking it for an unhandled one.
  socket.addEventListener('error', () => undefined)
  return {
    send(message) {
      if (closing.closed) return
      const text = JSON.stringify(message)
      if (socket.readyState === connecting) waiting.push(text)
      else if (socket.readyState === open) socket.send(text)
    },
    onMessage(receive) {
      socket.addEventListener('message', (event) => {
        const parsed = parseMessage((event as { data: unknown }).data)
        if (closing.closed) return
        if (parsed) receive(parsed.message)
        else close()
      })
    },
    onClose: (run) => closing.onClose(run),
    close,
  }
}
