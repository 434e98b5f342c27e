/**
 * The one way to change anything: is it based on what is saved, is it valid, can it be saved, does the engine take
 * it; only then it counts, and those who watch are told. Changes come one after the other.
 */
import { hasErrors, type Problem } from '../base/problem.ts'
import { followLocal } from '../config/follow-local.ts'
import { checksOfNobody, type Local } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import { validate } from '../config/validate.ts'
import type { ApplyResult, ConfigState, LocalState } from '../contract/configuration.ts'
import { checkOwnPorts } from './own-ports.ts'
import type { Proxy, Wanted } from './proxy.ts'
import type { Revision, RevisionStore } from './revision-store.ts'
import { sameJson } from './same-json.ts'
import { Watched } from './watched.ts'

export interface ConfigApply {
  readonly baseRevision: number
  readonly config: Config
  readonly note?: string | undefined
}

export interface LocalApply {
  readonly baseRevision: number
  readonly local: Local
}

export class Saved {
  readonly #configs: RevisionStore<Config>
  readonly #locals: RevisionStore<Local>
  readonly #proxy: Proxy
  readonly #configState: Watched<ConfigState>
  readonly #localState: Watched<LocalState>
  #last: Promise<unknown> = Promise.resolve()

  constructor(configs: RevisionStore<Config>, locals: RevisionStore<Local>, proxy: Proxy) {
    this.#configs = configs
    this.#locals = locals
    this.#proxy = proxy
    this.#configState = new Watched(this.#describe(configs.current, []))
    const { revision, value: local } = locals.current
    this.#localState = new Watched({ revision, local })
  }

  /** Looks at what was loaded; its problems are part of what is watched. */
  async checkLoaded(): Promise<void> {
    const { current } = this.#configs
    this.#configState.set(this.#describe(current, await this.check(current.value)))
  }

  get wanted(): Wanted {
    return { config: this.#configs.current.value, local: this.#locals.current.value }
  }

  /** What was damaged at the start and what is used instead. */
  get recovered(): string | undefined {
    const told = [this.#configs.recovered, this.#locals.recovered].filter((one) => one !== undefined)
    return told.length > 0 ? told.join('; ') : undefined
  }

  watchConfig(send: (state: ConfigState) => void): () => void {
    return this.#configState.watch(send)
  }

  watchLocal(send: (state: LocalState) => void): () => void {
    return this.#localState.watch(send)
  }

  /** Everything that is wrong with a configuration on this machine. */
  async check(config: Config, local: Local = this.#locals.current.value): Promise<Problem[]> {
    return distinct([
      ...validate(config),
      ...checkOwnPorts(config, local),
      ...checksOfNobody(config, local),
      ...(await this.#proxy.engine.check(config, local)),
    ])
  }

  applyConfig({ baseRevision, config, note }: ConfigApply): Promise<ApplyResult> {
    return this.#changeConfig(baseRevision, () => config, note)
  }

  #changeConfig(
    baseRevision: number | undefined,
    value: (saved: Config) => Config,
    note: string | undefined,
  ): Promise<ApplyResult> {
    // What is switched off stays so under a new name, and runs so from the first moment on.
    let local = this.wanted.local
    return this.#change(this.#configs, {
      baseRevision,
      note,
      value,
      wanted: (config) => {
        local = followLocal(this.wanted.local, this.wanted.config, config)
        return { config, local }
      },
      saved: (revision, problems) => {
        this.#configState.set(this.#describe(revision, problems))
        if (local !== this.wanted.local) void this.editLocal(() => local)
      },
    })
  }

  applyLocal({ baseRevision, local }: LocalApply): Promise<ApplyResult> {
    return this.#changeLocal(baseRevision, () => local)
  }

  /** Changes what is saved by the time it is this change's turn, so there is no conflict. */
  editLocal(edit: (local: Local) => Local): Promise<ApplyResult> {
    return this.#changeLocal(undefined, edit)
  }

  /** Changes the configuration that is saved by the time it is this change's turn, so there is no conflict. */
  editConfig(edit: (config: Config) => Config, note: string): Promise<ApplyResult> {
    return this.#changeConfig(undefined, edit, note)
  }

  /** Replaces the configuration whatever is saved. */
  replaceConfig(config: Config, note: string): Promise<ApplyResult> {
    const { revision } = this.#configs.current
    return this.applyConfig({ baseRevision: revision, config, note })
  }

  #changeLocal(baseRevision: number | undefined, value: (saved: Local) => Local): Promise<ApplyResult> {
    return this.#change(this.#locals, {
      baseRevision,
      value,
      wanted: (local) => ({ ...this.wanted, local }),
      saved: ({ revision, value: local }) => this.#localState.set({ revision, local }),
    })
  }

  #change<T>(
    store: RevisionStore<T>,
    change: {
      readonly baseRevision: number | undefined
      readonly note?: string | undefined
      value(saved: T): T
      wanted(value: T): Wanted
      saved(revision: Revision<T>, problems: readonly Problem[]): void
    },
  ): Promise<ApplyResult> {
    const run = async (): Promise<ApplyResult> => {
      const { revision } = store.current
      if (change.baseRevision !== undefined && change.baseRevision !== revision)
        return { outcome: 'conflict', revision }
      const value = change.value(store.current.value)
      const wanted = change.wanted(value)
      const problems = await this.check(wanted.config, wanted.local)
      if (hasErrors(problems)) return { outcome: 'invalid', problems }
      if (revision > 0 && sameJson(value, store.current.value))
        return { outcome: 'applied', revision, problems }
      const prepared = await store.prepare(value, change.note)
      let all: Problem[]
      try {
        all = distinct([...problems, ...(await this.#proxy.change(wanted))])
      } catch (error) {
        await prepared.abort()
        throw error
      }
      if (hasErrors(all)) {
        await prepared.abort()
        return { outcome: 'invalid', problems: all }
      }
      const saved = await this.#commit(prepared)
      change.saved(saved, all)
      return { outcome: 'applied', revision: saved.revision, problems: all }
    }
    const turn = this.#last.then(run)
    // A change that failed is told to whoever asked for it; the next one has its turn all the same.
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** What the engine runs but cannot be saved is taken back. */
  async #commit<T>(prepared: Awaited<ReturnType<RevisionStore<T>['prepare']>>): Promise<Revision<T>> {
    try {
      return await prepared.commit()
    } catch (error) {
      await this.#proxy.change(this.wanted)
      throw error
    }
  }

  #describe({ revision, value, savedAt }: Revision<Config>, problems: readonly Problem[]): ConfigState {
    const { recovered } = this
    return { revision, config: value, savedAt, problems, ...(recovered !== undefined && { recovered }) }
  }
}

function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ severity, message, path, file, line }) => {
    const key = JSON.stringify([severity, message, path, file, line])
    return !seen.has(key) && seen.add(key)
  })
}
