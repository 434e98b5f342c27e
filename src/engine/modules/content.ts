/** The content phase: whatever makes the answer of the location (ngx_http_core_content_phase). */
import type { Exchange, Verdict } from '../request/exchange.ts'

export function contentPhase(x: Exchange): Verdict | Promise<Verdict> {
  x.contentMono = x.cycle.clock.monotonic()
  const { content } = x.settings
  return content ? content(x) : 404
}
