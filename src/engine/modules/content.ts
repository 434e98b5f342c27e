/** The content phase: what makes the answer of the location, or else the content modules behind it. */
import type { Exchange, Verdict } from '../request/exchange.ts'
import { act } from '../request/trial.ts'

export function contentPhase(x: Exchange): Verdict | Promise<Verdict> {
  x.contentMono = x.cycle.clock.monotonic()
  const { content } = x.settings
  return content ? act(x, content) : 'declined'
}
