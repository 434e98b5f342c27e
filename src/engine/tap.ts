/** Handing a copy of what goes through an exchange to who asked for it; nothing of this runs where nobody did. */
import type { ExchangeTap, Reporter } from './door.ts'
import { isBodyless } from './request/finalize.ts'
import type { Output } from './request/client-side.ts'
import type { Exchange } from './request/exchange.ts'
import { runningExchange } from './reporter.ts'

/** Taps an exchange that begins: its bodies as they are received and sent, without their framing. */
export function tapExchange(x: Exchange, open: NonNullable<Reporter['tap']>): void {
  const tap = open(runningExchange(x))
  if (!tap) return
  x.tap = tap
  x.body.tap = tap
  x.output = tapped(x.output, tap)
}

/** The client's side, seen behind all filters. */
function tapped(inner: Output, tap: ExchangeTap): Output {
  return {
    write(x, buffer, start, end) {
      if (x.answer && !isBodyless(x, x.answer)) tap.body('response', buffer, start, end)
      return inner.write(x, buffer, start, end)
    },
    flush: (x) => inner.flush(x),
    end: (x) => inner.end(x),
  }
}
