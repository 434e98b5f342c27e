/** A request like another one, which nobody waits for: it refreshes what the other one was answered with. */
import type { ClientSide } from '../request/client-side.ts'
import { endExchange } from '../request/end.ts'
import type { Exchange } from '../request/exchange.ts'
import { twinOf } from '../request/subrequest.ts'

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
  pending: () => 0,
  upgrade: () => undefined,
}

/** The other request's twin (NGX_HTTP_SUBREQUEST_BACKGROUND). */
export function backgroundExchange(of: Exchange): Exchange {
  const x = twinOf(of, nobody)
  of.behind++
  x.onFinish(() => {
    of.behind--
    if (of.behind === 0) of.onAlone?.()
  })
  return x
}
