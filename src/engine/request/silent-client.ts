/** Takes the head of a subrequest's answer and nothing else: what auth_request and mirror want of it. */
import type { ClientSide } from './client-side.ts'
import { endExchange } from './end.ts'
import type { Exchange } from './exchange.ts'

/** `done` is called when it has been answered; one that breaks off takes the request it was made for with it. */
export function silentClient(done: (x: Exchange) => void): ClientSide {
  return {
    protocol: 'none',
    onDrain: undefined,
    head: () => undefined,
    interim: () => undefined,
    write: () => true,
    flush: () => undefined,
    end: (x) => {
      if (x.finished) return
      endExchange(x)
      done(x)
    },
    abort: (x) => {
      if (x.finished) return
      endExchange(x)
      const main = x.parent
      if (!main || main.finished) return
      if (!main.headSent) main.status ||= x.status
      main.client.abort(main)
    },
    pending: () => 0,
    upgrade: () => undefined,
  }
}
