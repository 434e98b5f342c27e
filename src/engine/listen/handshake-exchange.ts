/** An exchange without a request, for the variables of `ssl_certificate` (ngx_http_ssl_certificate). */
import type { Socket } from 'node:net'
import type { ServerSettings } from '../cycle/settings.ts'
import { RequestBody } from '../request/body.ts'
import type { ClientSide } from '../request/client-side.ts'
import { Exchange } from '../request/exchange.ts'
import { fieldLines } from '../wire/fields.ts'
import type { Listener } from './listener.ts'
import { plainAddress } from './plain-address.ts'

const nowhere: ClientSide = {
  protocol: 'none',
  head: () => undefined,
  interim: () => undefined,
  write: () => true,
  flush: () => undefined,
  end: () => undefined,
  abort: () => undefined,
  onDrain: undefined,
  pending: () => 0,
  upgrade: () => undefined,
}

const noBody = {
  resumeBody: () => undefined,
  readNow: () => undefined,
  sendContinue: () => undefined,
}

/** Knows the client's address and the name it asked for; it is never run and never ends. */
export function handshakeExchange(
  listener: Listener,
  socket: Socket,
  server: ServerSettings,
  sni: string,
): Exchange {
  const { cycle, settings } = listener
  const { clock } = cycle
  const startedMono = clock.monotonic()
  return new Exchange({
    id: 0,
    cycle,
    client: nowhere,
    address: {
      remoteAddress: plainAddress(socket.remoteAddress),
      remotePort: socket.remotePort ?? 0,
      localAddress: plainAddress(socket.localAddress),
      localPort: socket.localPort ?? 0,
      serverPort: settings.port ?? 0,
      ssl: undefined,
      sni,
      serial: 0,
      requests: 0,
      startedMono,
      proxyProtocol: listener.proxyProtocolOf(socket),
    },
    head: {
      method: '',
      target: '',
      version: 11,
      protocol: '',
      requestLine: '',
      schemeHost: undefined,
      fields: fieldLines([]),
      bytes: 0,
    },
    server,
    body: new RequestBody(noBody, 'none', 0, false),
    output: nowhere,
    keepalive: false,
    startedAt: clock.now(),
    startedMono,
  })
}
