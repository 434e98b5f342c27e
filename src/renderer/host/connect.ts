/**
 * The way to the host: a port in the desktop window, a WebSocket in a browser. The only `if` about shells.
 */
import type { Channel } from '../../contract/rpc/channel.ts'
import { portChannel } from '../../contract/rpc/port-channel.ts'
import { webSocketChannel } from '../../contract/rpc/web-socket-channel.ts'

/** Opens a new channel; rejects when there is nobody at the other end. */
export type OpenChannel = () => Promise<Channel>

/** The opener that fits where this page runs. */
export function findHost(page: Window): OpenChannel {
  const inElectron = page.navigator.userAgent.includes('Electron/')
  return inElectron || !page.location.protocol.startsWith('http') ? openPort(page) : openSocket(page)
}

/**
 * The preload hands a port over whenever there is a host process: at the start, and again after the
 * process was started anew. A port that comes while one is open replaces it.
 */
function openPort(page: Window): OpenChannel {
  let current: Channel | undefined
  let fresh: MessagePort | undefined
  let waiting: ((port: MessagePort) => void) | undefined

  page.addEventListener('message', (event: MessageEvent) => {
    const [port] = event.ports
    if (event.source !== page || event.data !== 'sluicegate:port' || !port) return
    if (waiting) return waiting(port)
    fresh = port
    current?.close()
  })
  page.postMessage('sluicegate:ready', '*')

  return async () => {
    const port = fresh ?? (await new Promise<MessagePort>((resolve) => (waiting = resolve)))
    fresh = undefined
    waiting = undefined
    current = portChannel(port)
    return current
  }
}

function openSocket(page: Window): OpenChannel {
  const scheme = page.location.protocol === 'https:' ? 'wss:' : 'ws:'
  const url = `${scheme}//${page.location.host}/rpc`
  return () =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url)
      // Made before the socket opens, so that no message comes too early.
      const channel = webSocketChannel(socket)
      socket.addEventListener('open', () => resolve(channel), { once: true })
      socket.addEventListener('close', () => reject(new Error(`no answer at ${url}`)), { once: true })
    })
}
