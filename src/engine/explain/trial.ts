import type { Config, Location, Server } from '../../config/model.ts'
import type {
  ExplainOutcome,
  ExplainStep,
  Explanation,
  RequestQuestion,
  Unknown,
} from '../../status/explanation.ts'
import type { LocationMatch } from '../match/location.ts'
import type { Exchange } from '../request/exchange.ts'
import type { Trial } from '../request/trial.ts'
import { locationCandidates } from './locations.ts'

/** What is asked, of which configuration. */
export interface Asked {
  readonly question: RequestQuestion
  /** As written, with what is switched off. */
  readonly config: Config
  readonly off: ReadonlySet<string>
}

/** Gathers what is told of one request until it ends. */
export class RunningTrial implements Trial {
  readonly ended: Promise<void>
  readonly #off: ReadonlySet<string>
  readonly #steps: ExplainStep[] = []
  readonly #unknown = new Set<Unknown>()
  #outcome: ExplainOutcome | undefined
  #end: () => void = () => undefined
  /** The server that answers, as written. */
  server: Server | undefined

  constructor(off: ReadonlySet<string>) {
    this.#off = off
    this.ended = new Promise((resolve) => (this.#end = resolve))
  }

  tell(step: ExplainStep): void {
    this.#steps.push(step)
  }

  located(x: Exchange, match: LocationMatch): void {
    const { location } = match
    this.tell({
      step: 'location',
      uri: shownText(x.uri),
      candidates: locationCandidates(x, match, this.#locations, this.#off),
      internal: !x.internal && (location ?? x.server.root).internal,
    })
  }

  get #locations(): readonly Location[] {
    return this.server?.locations ?? []
  }

  cannotKnow(what: Unknown): void {
    this.#unknown.add(what)
  }

  ends(outcome: ExplainOutcome): void {
    this.#outcome ??= outcome
    this.#end()
  }

  explanation(request: string): Explanation {
    if (!this.#outcome) throw new Error('the request has not ended')
    return { request, steps: this.#steps, outcome: this.#outcome, unknown: [...this.#unknown] }
  }
}

/** Bytes, one a character, as people write them. */
export function shownText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
