/** A request like another one, which nobody waits for: it refreshes what the other one was answered with. */
import { RequestBody } from '../request/body.ts'
import type { ClientSide } from '../request/client-side.ts'
import { endExchange } from '../request/end.ts'
import { Exchange } from '../request/exchange.ts'

/** Nobody: takes everything and keeps nothing. */
const nobody: ClientSide = {
  protocol: 'none',
  onDrain: undefined,
  head: () => undefined,
  interim: () => undefined,
  write: () => true,
  flush: () => undefined,
  end: (x) => endExchange(x),
  abort: (x) => endExchange(x),
  resumeBody: () => undefined,
  pauseBody: () => undefined,
  pending: () => 0,
  upgrade: () => undefined,
}

const noBody = {
  resumeBody: () => undefined,
  pauseBody: () => undefined,
  readNow: () => undefined,
  sendContinue: () => undefined,
}

/** The other request's twin, at the point where the location's content begins (NGX_HTTP_SUBREQUEST_BACKGROUND). */
export function backgroundExchange(of: Exchange): Exchange {
  const { clock } = of.cycle
  const x = new Exchange({
    id: of.id,
    cycle: of.cycle,
    client: nobody,
    address: of.address,
    head: of.head,
    server: of.server,
    body: new RequestBody(noBody, 'none', 0, false),
    output: nobody,
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
  of.behind++
  x.onFinish(() => {
    of.behind--
    if (of.behind === 0) of.onAlone?.()
  })
  return x
}
