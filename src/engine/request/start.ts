/** From a head to a running exchange: the server of its name, its URI, the phases. */
import { normaliseTarget } from '../../http/uri.ts'
import type { Http1Connection } from '../listen/http1-connection.ts'
import type { RequestFraming } from '../wire/request-framing.ts'
import type { RequestHead } from '../wire/request-head.ts'
import type { RequestBody } from './body.ts'
import type { ClientAddress, ClientSide } from './client-side.ts'
import { Exchange } from './exchange.ts'
import { logError } from './error-log.ts'
import { advance, finalize } from './finalize.ts'
import { misdirected, tlsRefusal } from './tls-refusal.ts'
import type { Listener } from '../listen/listener.ts'
import { tapExchange } from '../tap.ts'
import type { ServerSettings, Virtual } from '../cycle/settings.ts'
import { fieldLines } from '../wire/fields.ts'
import { validHost } from '../wire/host.ts'

/** Makes the exchange of an HTTP/1 request; `runExchange` starts its phases. */
export function startExchange(
  connection: Http1Connection,
  head: RequestHead,
  framing: RequestFraming,
  body: RequestBody,
  startedMono: number,
  pipelined: boolean,
): Exchange {
  const { listener } = connection
  const x = makeExchange(listener, connection, connection, head, body, framing.serverName, startedMono)
  x.keepalive = framing.keepalive
  x.pipelined = pipelined
  return x
}

/** Makes an exchange and chooses its server by name (ngx_http_set_virtual_server); undefined: no name was read. */
export function makeExchange(
  listener: Pick<Listener, 'cycle' | 'settings' | 'nextExchange'>,
  client: ClientSide,
  address: ClientAddress,
  head: RequestHead,
  body: RequestBody,
  serverName: string | undefined,
  startedMono: number,
): Exchange {
  const { cycle } = listener
  const { clock } = cycle
  const now = clock.monotonic()
  const virtual = listener.settings.byAddress?.get(address.localAddress) ?? listener.settings.virtual
  const first = firstServer(virtual, address)
  // nginx reads the target before any field, by the rules of the server that is there before a name is known.
  const target = normaliseTarget(head.target, { mergeSlashes: first.mergeSlashes })
  const unread = 'bad' in target && client.protocol === 'http/1'
  const name = unread ? undefined : serverName
  const match = name === undefined ? undefined : virtual.names.find(name)
  const x = new Exchange({
    id: listener.nextExchange(),
    cycle,
    client,
    address,
    head: unread ? lineOf(head) : head,
    server: match?.server ?? (name === undefined ? first : virtual.default),
    body,
    output: client,
    keepalive: true,
    startedAt: clock.now() - (now - startedMono),
    startedMono,
  })
  x.headReadMono = now
  x.target = target
  if (name !== undefined) x.host = name
  if (match?.captures) {
    x.captures = match.captures
    match.assign?.(match.captures, x.slots)
  }
  if (address.sni !== '' && x.server.tls.verifyClient !== 'off') {
    const negotiated = validHost(address.sni) ?? ''
    if (negotiated !== (serverName ?? '') && virtual.names.find(negotiated)) x.keep(misdirected, () => true)
  }
  const { tap } = cycle.reporter
  if (tap) tapExchange(x, tap)
  cycle.active++
  cycle.counters.requests++
  return x
}

/** Whose rules count while no name is known: the server of the handshake's name, or the default one. */
function firstServer({ names, default: first }: Virtual, { sni }: ClientAddress): ServerSettings {
  return (sni === '' ? undefined : names.find(validHost(sni) ?? ''))?.server ?? first
}

/** A head of which no more than its line has been looked at. */
export function lineOf(head: RequestHead): RequestHead {
  return { ...head, fields: fieldLines([]), bytes: head.requestLine.length + '\r\n'.length }
}

/** Starts the phases, if the target can be understood. */
export function runExchange(x: Exchange, plainOnTls: boolean): void {
  const { dropped } = x.head.fields
  if (dropped)
    for (const line of dropped)
      logError(x, 'info', `client sent invalid header line: "${line}" while reading client request headers`)
  const { target } = x
  if (!target || 'bad' in target) {
    logError(x, 'info', 'client sent invalid request while reading client request line')
    finalize(x, 400)
    return
  }
  x.uri = target.uri
  x.args = target.args
  x.exten = target.exten
  x.quotedUri = target.quoted
  x.plusInUri = target.plus
  if (target.emptyPath) {
    // nginx shows `/?a=b` for a target without a path.
    x.unparsedUri = `/${x.head.target}`
    x.validUnparsedUri = false
  }
  if (plainOnTls) {
    logError(x, 'info', 'client sent plain HTTP request to HTTPS port while reading client request headers')
    finalize(x, 497)
    return
  }
  const refused = x.address.ssl ? tlsRefusal(x, x.address.ssl) : 0
  if (refused) {
    finalize(x, refused)
    return
  }
  advance(x)
}
