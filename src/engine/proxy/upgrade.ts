/** After a 101: bytes both ways until either side ends (ngx_http_upstream_upgrade, ngx_http_upstream_process_upgraded). */
import { owned } from '../listen/transport.ts'
import type { Tunnel } from '../request/client-side.ts'
import type { Exchange } from '../request/exchange.ts'
import { endExchange } from '../request/end.ts'
import { logError } from '../request/error-log.ts'
import { systemError } from '../request/system-error.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'

/** Joins the two; `over` is called once when it is over. `first`: bytes that came behind the 101. */
export function joinTunnel(
  x: Exchange,
  tunnel: Tunnel,
  connection: UpstreamConnection,
  readTimeout: number,
  first: Buffer,
  count: { received(bytes: number): void; sent(bytes: number): void; over(): void },
): void {
  let over = false
  const finish = (): void => {
    if (over) return
    over = true
    connection.user = undefined
    connection.deadline.dispose()
    connection.socket.destroySoon()
    tunnel.end()
    // Neither side may answer our end, or take what is on its way to it.
    x.cycle.clock.after(1000, () => {
      tunnel.destroy()
      connection.destroy()
    })
    count.over()
    x.complete = true
    endExchange(x)
  }
  const broken = (severity: 'error' | 'info', error: string | undefined): void => {
    if (error !== undefined && !over)
      logError(x, severity, `recv() failed (${error}) while proxying upgraded connection`)
    finish()
  }
  const active = (): void => connection.deadline.set(readTimeout)
  // What came with the head of the answer has been counted with it.
  const toClient = (buffer: Buffer, uncounted = buffer.length): void => {
    count.received(uncounted)
    x.tap?.tunnel('upstream', buffer)
    active()
    if (!tunnel.write(owned(buffer))) connection.socket.pause()
  }
  const toUpstream = (buffer: Buffer): void => {
    count.sent(buffer.length)
    x.tap?.tunnel('client', buffer)
    x.tunnelled += buffer.length
    active()
    if (!connection.socket.write(owned(buffer))) tunnel.pause()
  }
  connection.user = {
    data: (buffer) => toClient(buffer),
    ended: finish,
    drained: () => tunnel.resume(),
    // nginx does not hear of a reset through TLS.
    closed: (error) => broken('error', connection.kind === '' && error ? systemError(error) : undefined),
    expired: () => {
      logError(
        x,
        'error',
        'upstream timed out (110: Connection timed out) while proxying upgraded connection',
      )
      finish()
    },
  }
  tunnel.onData = toUpstream
  tunnel.onDrain = () => connection.socket.resume()
  // Browsers end their stream behind the WebSocket's Close and wait for the other one. Over HTTP/1.1, as nginx,
  // the end of either side is the end.
  tunnel.onEnd = tunnel.halfCloses ? () => void connection.socket.end() : finish
  tunnel.onClose = (error) => broken('info', error)
  active()
  if (first.length > 0) toClient(first, 0)
  if (tunnel.early.length > 0) toUpstream(tunnel.early)
}
