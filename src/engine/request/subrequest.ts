/** Requests inside a request: an included page, an inquiry whether access is granted (ngx_http_subrequest). */
import { RequestBody } from './body.ts'
import type { ClientSide } from './client-side.ts'
import { Exchange } from './exchange.ts'
import { advance, setUri } from './finalize.ts'

const noBody = {
  resumeBody: () => undefined,
  readNow: () => undefined,
  sendContinue: () => undefined,
}

/**
 * Makes a GET for a URI of the same server; `client` takes its answer. It shares the variables of the request it is
 * made for. `startSubrequest` runs it.
 */
export function makeSubrequest(
  of: Exchange,
  uri: string,
  args: string,
  client: ClientSide,
  body: RequestBody = new RequestBody(noBody, 'none', 0, false),
): Exchange {
  const { clock } = of.cycle
  const x = new Exchange({
    id: of.id,
    cycle: of.cycle,
    client,
    address: of.address,
    head: of.head,
    server: of.server,
    body,
    output: client,
    keepalive: false,
    startedAt: clock.now(),
    startedMono: clock.monotonic(),
    parent: of.parent ?? of,
    slots: of.slots,
  })
  x.cached = of.cached ??= new Map()
  x.method = 'GET'
  x.args = args
  x.host = of.host
  x.unparsedUri = of.unparsedUri
  x.validUnparsedUri = false
  x.internal = true
  x.handlers = of.server.internalEntry
  x.realAddress = of.realAddress
  x.realPort = of.realPort
  setUri(x, uri)
  of.cycle.active++
  return x
}

/** Another request like it, at the point where the location's content begins (NGX_HTTP_SUBREQUEST_CLONE); `client` takes its answer. */
export function twinOf(of: Exchange, client: ClientSide): Exchange {
  const { clock } = of.cycle
  const x = new Exchange({
    id: of.id,
    cycle: of.cycle,
    client,
    address: of.address,
    head: of.head,
    server: of.server,
    body: new RequestBody(noBody, 'none', 0, false),
    output: client,
    keepalive: false,
    startedAt: clock.now(),
    startedMono: clock.monotonic(),
    parent: of.parent ?? of,
  })
  x.method = of.method
  x.uri = of.uri
  x.args = of.args
  x.exten = of.exten
  x.unparsedUri = of.unparsedUri
  x.validUnparsedUri = of.validUnparsedUri
  x.validLocation = of.validLocation
  x.quotedUri = of.quotedUri
  x.plusInUri = of.plusInUri
  x.host = of.host
  x.internal = of.internal
  x.captures = of.captures
  x.settings = of.settings
  x.realAddress = of.realAddress
  x.realPort = of.realPort
  for (let i = 0; i < of.slots.length; i++) x.slots[i] = of.slots[i]
  of.cycle.active++
  return x
}

/** A body that was told of and that nobody has: what a subrequest without the client's body sees. */
export function absentBody(of: Exchange): RequestBody {
  const body = new RequestBody(noBody, 'none', 0, false)
  if (of.body.length > 0) body.length = of.body.length
  return body
}

/** Runs its phases from the server's rewrites on. */
export function startSubrequest(x: Exchange): void {
  advance(x)
}
