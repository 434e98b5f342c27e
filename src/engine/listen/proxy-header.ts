/** The first bytes of a connection on a `listen … proxy_protocol` (ngx_http_wait_request_handler). */
import type { Socket } from 'node:net'
import type { Listener } from './listener.ts'
import { readProxyProtocol, type ProxyProtocol } from './proxy-protocol.ts'

/**
 * Reads the header; `begin` makes the connection, which then gets the bytes behind the header. A connection
 * whose header is broken or late is closed.
 */
export function readProxyHeader(
  listener: Listener,
  socket: Socket,
  begin: (header: ProxyProtocol | undefined) => void,
): void {
  const { clock } = listener.cycle
  const server = listener.settings.virtual.default
  const log = (severity: 'info' | 'error', message: string): void =>
    listener.cycle.log(
      server.root.errorLogs,
      severity,
      `${message} while reading PROXY protocol, client: ${socket.remoteAddress ?? 'unix:'}, server: ${listener.settings.key.replace(/^\*/, '0.0.0.0')}`,
    )
  const timer = clock.after(server.clientHeaderTimeout, () => {
    log('info', 'client timed out (110: Connection timed out)')
    socket.destroy()
  })
  const gone = (): void => {
    timer.cancel()
    listener.dropped()
  }
  const failed = (): void => undefined // 'close' follows
  socket.once('close', gone)
  socket.on('error', failed)
  const ended = (): void => void socket.destroy()
  socket.once('end', ended)
  socket.once('data', (first: Buffer) => {
    const read = readProxyProtocol(first)
    if (read.kind === 'bad') {
      log('error', read.reason)
      socket.destroy()
      return
    }
    timer.cancel()
    socket.off('close', gone)
    socket.off('end', ended)
    begin(read.header)
    socket.off('error', failed)
    if (read.next < first.length) socket.emit('data', first.subarray(read.next))
  })
}
