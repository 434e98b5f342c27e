import { Closing, parseMessage, type Channel } from './channel.ts'

/** A browser's, a worker's or Node's MessagePort, as far as it is needed here. */
export interface EventTargetPort {
  postMessage(message: string): void
  start(): void
  close(): void
  addEventListener(type: string, listener: (event: unknown) => void): void
}

/** Electron's MessagePortMain, in main and in utility processes. */
export interface EmitterPort {
  postMessage(message: string): void
  start(): void
  close(): void
  on(type: 'message', listener: (event: { data: unknown }) => void): unknown
  on(type: 'close', listener: () => void): unknown
}

/**
 * A channel over one port of a MessageChannel. Messages are JSON text, as over a WebSocket: what structured
 * clone treats otherwise (proxies of a page's state, undefined, dates) behaves the same everywhere.
 */
export function portChannel(port: EventTargetPort | EmitterPort): Channel {
  const closing = new Closing()
  const close = (): void => {
    if (closing.closed) return
    port.close()
    closing.close()
  }
  const listen = (type: 'message' | 'close', run: (event: unknown) => void): void => {
    if ('addEventListener' in port) port.addEventListener(type, run)
    else if (type === 'message') port.on('message', run)
    else port.on('close', () => run(undefined))
  }
  listen('close', () => closing.close())
  return {
    send: (message) => {
      if (!closing.closed) port.postMessage(JSON.stringify(message))
    },
    onMessage(receive) {
      listen('message', (event) => {
        const parsed = parseMessage((event as { data: unknown }).data)
        if (closing.closed) return
        if (parsed) receive(parsed.message)
        else close()
      })
      port.start()
    },
    onClose: (run) => closing.onClose(run),
    close,
  }
}
