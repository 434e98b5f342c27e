/** Whether bodies are recorded: the engine is asked for them only while they are, and the setting is remembered. */
import * as z from 'zod'
import type { BodyRecord } from '../contract/traffic.ts'
import type { Reporter } from '../engine/index.ts'
import type { BodyBook } from './body-book.ts'
import type { PreferenceBook } from './preferences.ts'

const preference = 'traffic.bodies'
const remembered = z.object({
  on: z.boolean().optional(),
  bodyLimit: z.number().int().positive().optional(),
  memory: z.number().int().positive().optional(),
})

export class RecordingSwitch {
  readonly #bodies: BodyBook
  readonly #reporter: Reporter
  readonly #preferences: PreferenceBook

  constructor(bodies: BodyBook, reporter: Reporter, preferences: PreferenceBook) {
    this.#bodies = bodies
    this.#reporter = reporter
    this.#preferences = preferences
    // A file somebody edited may hold anything: then it is as it was before anybody chose.
    const before = remembered.safeParse(preferences.get(preference))
    if (before.success) this.#take(before.data)
  }

  async set(change: BodyRecord): Promise<void> {
    this.#take(change)
    const { on, bodyLimit, memory } = this.#bodies.status
    await this.#preferences.set(preference, { on, bodyLimit, memory })
  }

  #take(change: BodyRecord): void {
    this.#bodies.set(change)
    this.#reporter.tap = this.#bodies.status.on ? (running) => this.#bodies.tap(running) : undefined
  }
}
