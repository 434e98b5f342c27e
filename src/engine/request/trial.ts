/**
 * A request that is only thought of (`Engine.explain`): it runs through the real handlers with nobody at either
 * end. What would touch anything outside the exchange has an `explain` beside it, which says what it would do.
 */
import type { ExplainStep, ExplainOutcome, Unknown } from '../../status/explanation.ts'
import type { LocationMatch } from '../match/location.ts'
import type { Exchange, Verdict } from './exchange.ts'

/** Who listens to a request that is only thought of. */
export interface Trial {
  tell(step: ExplainStep): void
  /** find-config has chosen. */
  located(x: Exchange, match: LocationMatch): void
  /** This decides, and nobody knows how before it is sent. */
  cannotKnow(what: Unknown): void
  /** How it ends; the first one counts. */
  ends(outcome: ExplainOutcome): void
}

/** What a handler does for a request that is only thought of: as it does otherwise, touching nothing. */
export type Explain = (x: Exchange, trial: Trial) => Verdict | Promise<Verdict>

type Acting = ((x: Exchange) => Verdict | Promise<Verdict>) & { readonly explain?: Explain }

/** Runs a handler, or what explains it. */
export function act(x: Exchange, handler: Acting): Verdict | Promise<Verdict> {
  return x.trial && handler.explain ? handler.explain(x, x.trial) : handler(x)
}

/** A handler with what explains it. */
export function explained<H extends (x: Exchange) => Verdict | Promise<Verdict>>(
  handler: H,
  explain: Explain,
): H & { readonly explain: Explain } {
  return Object.assign(handler, { explain })
}
