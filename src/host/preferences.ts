import { join } from 'node:path'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { LatestOnly } from '../base/latest-only.ts'
import type { Preferences } from '../contract/program.ts'
import { preferencesMigrations } from './migrations/preferences.ts'
import { openRevisionStore, type RevisionStore } from './revision-store.ts'
import { Watched } from './watched.ts'

/** What windows remember between starts. */
export class PreferenceBook {
  readonly #watched: Watched<Preferences>
  readonly #saving: LatestOnly<Preferences>

  constructor(store: RevisionStore<Preferences>) {
    this.#watched = new Watched(store.current.value)
    this.#saving = new LatestOnly(async (value) => void (await store.save(value)))
  }

  watch(send: (preferences: Preferences) => void): () => void {
    return this.#watched.watch(send)
  }

  /** One of them as it stands. */
  get(name: string): unknown {
    return this.#watched.value[name]
  }

  /** Sets one, or forgets it where `value` is null or absent; resolves when it is saved. */
  async set(name: string, value: unknown): Promise<void> {
    const { [name]: _old, ...others } = this.#watched.value
    this.#watched.set(value === undefined || value === null ? others : { ...others, [name]: value })
    await this.#saving.submit(this.#watched.value)
  }
}

/** The preferences under a state folder. */
export async function openPreferences(stateFolder: string, now: Clock['now']): Promise<PreferenceBook> {
  return new PreferenceBook(
    await openRevisionStore<Preferences>({
      folder: join(stateFolder, 'preferences'),
      what: 'preferences',
      schema: z.record(z.string(), z.unknown()),
      migrations: preferencesMigrations,
      initial: {},
      keep: 2,
      now,
    }),
  )
}
