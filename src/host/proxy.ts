/** The engine's life: started with what is saved, stopped, failed with its reasons. */
import type { Clock } from '../base/clock.ts'
import { hasErrors, type Problem } from '../base/problem.ts'
import type { Local } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import type { ProxyState } from '../contract/program.ts'
import type { Engine } from '../engine/index.ts'
import { namePortOwners } from './port-problems.ts'
import { Watched } from './watched.ts'

/** What the engine is to run. */
export interface Wanted {
  readonly config: Config
  readonly local: Local
}

export class Proxy {
  readonly engine: Engine
  readonly #clock: Clock
  readonly #state = new Watched<ProxyState>({ state: 'stopped', listeners: [], problems: [], connections: 0 })

  constructor(engine: Engine, clock: Clock) {
    this.engine = engine
    this.#clock = clock
  }

  get state(): ProxyState {
    return { ...this.#state.value, connections: this.engine.connections() }
  }

  watch(send: (state: ProxyState) => void): () => void {
    return this.#state.watch(() => send(this.state))
  }

  /** Starts with what is saved; a failure is a state, with the problems, not an Error. */
  async start(wanted: Wanted): Promise<ProxyState> {
    if (this.#state.value.state === 'running') return this.state
    this.#tell('starting', [])
    const problems = await this.#apply(wanted)
    this.#tell(hasErrors(problems) ? 'failed' : 'running', problems)
    return this.state
  }

  /** Lets exchanges end; `graceful: false` cuts them off. */
  async stop(graceful = true): Promise<ProxyState> {
    if (this.#state.value.state === 'stopped') return this.state
    this.#tell('stopping', [])
    await this.engine.stop({ graceful })
    this.#tell('stopped', [])
    return this.state
  }

  /** Runs something else from now on, or, with an error among the problems, what it ran before. */
  async change(wanted: Wanted): Promise<Problem[]> {
    const { state } = this.#state.value
    if (state === 'stopped' || state === 'stopping') return this.engine.check(wanted.config, wanted.local)
    const problems = await this.#apply(wanted)
    if (!hasErrors(problems)) this.#tell('running', problems)
    return problems
  }

  async #apply({ config, local }: Wanted): Promise<Problem[]> {
    try {
      return await namePortOwners(await this.engine.apply(config, local))
    } catch (error) {
      return [mistakeOfOurs(error)]
    }
  }

  #tell(state: ProxyState['state'], problems: readonly Problem[]): void {
    const { startedAt } = this.#state.value
    const started = state === 'running' ? (startedAt ?? this.#clock.now()) : undefined
    this.#state.set({
      state,
      listeners: this.engine.listeners(),
      problems,
      connections: this.engine.connections(),
      ...(started !== undefined && { startedAt: started }),
    })
  }
}

/** Whatever a configuration makes of us, the window stays, so that the configuration can be changed. */
function mistakeOfOurs(error: unknown): Problem {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    severity: 'error',
    code: 'internal',
    message: `the engine made a mistake: ${what}`,
    fix: 'what ran before goes on; take back the last change, and report this',
  }
}
