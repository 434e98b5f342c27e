/** The end of every exchange, whatever way it went: the log phase, and what must be undone. */
import { writeAccessLogs } from '../modules/log.ts'
import { finishedExchange } from '../reporter.ts'
import type { Exchange } from './exchange.ts'

/** Runs once; nothing is sent afterwards (ngx_http_close_request). */
export function endExchange(x: Exchange): void {
  if (x.finished) return
  x.finished = true
  const { cycle } = x
  x.endedMono = cycle.clock.monotonic()
  x.runFinishers()
  x.onAbort = undefined
  if (!x.parent) {
    writeAccessLogs(x)
    cycle.reporter.exchange(finishedExchange(x))
  } else if (x.settings.fields.logSubrequest) writeAccessLogs(x)
  releaseBody(x)
  cycle.active--
  if (cycle.retired && cycle.active === 0) cycle.onIdle?.()
}

// A body that requests behind this one share goes with the last of them.
function releaseBody(x: Exchange): void {
  if (x.parent?.body === x.body) return
  if (x.behind > 0) x.onAlone = () => x.body.dispose()
  else x.body.dispose()
}
