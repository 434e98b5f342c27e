/**
 * State with a history: every save is a file of its own, FOLDER/REVISION.json, written aside and renamed, with a
 * checksum inside. The newest whole one is what counts. A damaged one is kept under a dated name, and said.
 */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { ContractError } from '../contract/errors.ts'
import { isSystemError, preparePrivateFolder, removeFile, setAside } from '../pki/private-file.ts'
import { currentFormat, migrate, type Migrations } from './migrations/migrate.ts'
import { isPreparedFile, prepareFile } from './prepared-file.ts'

/** One revision as it is saved. */
export interface Revision<T> {
  /** Counts up with every save, from 1; 0 is what was there before the first. */
  readonly revision: number
  /** Milliseconds since 1970. */
  readonly savedAt: number
  readonly note?: string
  readonly value: T
}

/** A save that is written but does not count yet. */
export interface PreparedRevision<T> {
  commit(): Promise<Revision<T>>
  abort(): Promise<void>
}

export interface RevisionStoreOptions<T> {
  readonly folder: string
  /** What it is, for messages: `configuration`. */
  readonly what: string
  readonly schema: z.ZodType<T>
  readonly migrations: Migrations
  /** What it is before the first save. */
  readonly initial: T
  /** How many revisions are kept, the newest included. */
  readonly keep: number
  readonly now: Clock['now']
}

const envelope = z.object({
  format: z.number().int().min(1),
  revision: z.number().int().min(1),
  savedAt: z.number(),
  note: z.string().optional(),
  value: z.unknown(),
  sha256: z.string(),
})

const fileName = /^(\d+)\.json$/

/** Opens a store; state that cannot be used is kept aside, an unreadable folder is an Error. */
export async function openRevisionStore<T>(options: RevisionStoreOptions<T>): Promise<RevisionStore<T>> {
  await preparePrivateFolder(options.folder)
  const store = new RevisionStore(options)
  await store.load()
  return store
}

export class RevisionStore<T> {
  readonly #options: RevisionStoreOptions<T>
  #current: Revision<T>
  #last = 0
  #recovered: string | undefined

  constructor(options: RevisionStoreOptions<T>) {
    this.#options = options
    this.#current = { revision: 0, savedAt: options.now(), value: options.initial }
  }

  /** The newest revision. */
  get current(): Revision<T> {
    return this.#current
  }

  /** What was damaged at the start and what is used instead, in one sentence; until the next save. */
  get recovered(): string | undefined {
    return this.#recovered
  }

  /** Finds the newest whole revision, and removes what a crash left half saved. */
  async load(): Promise<void> {
    for (const name of await readdir(this.#options.folder))
      if (isPreparedFile(name)) await removeFile(join(this.#options.folder, name))
    const damaged: string[] = []
    const revisions = await this.#revisions()
    this.#last = revisions[0] ?? 0
    for (const revision of revisions) {
      const read = await this.#read(revision)
      if (read.ok) {
        this.#current = read.revision
        break
      }
      const kept = await setAside(this.#file(revision), 'damaged', this.#options.now())
      damaged.push(`revision ${revision} is damaged (${read.cause}) and is kept as ${kept}`)
    }
    if (damaged.length === 0) return
    const { revision } = this.#current
    const used = revision === 0 ? 'there is no older one' : `revision ${revision} was loaded instead`
    this.#recovered = `the saved ${this.#options.what}: ${damaged.join('; ')}; ${used}`
  }

  /** Writes the next revision without making it count. Rejects with `state-folder` when that cannot be done. */
  async prepare(value: T, note?: string): Promise<PreparedRevision<T>> {
    const revision = this.#last + 1
    const next: Revision<T> = { revision, savedAt: this.#options.now(), ...(note && { note }), value }
    const prepared = await this.#orExplain(() => prepareFile(this.#file(revision), this.#print(next)))
    return {
      commit: async () => {
        await this.#orExplain(() => prepared.commit())
        this.#last = revision
        this.#current = next
        this.#recovered = undefined
        await this.#forgetOldest()
        return next
      },
      abort: () => prepared.abort(),
    }
  }

  /** Saves at once. */
  async save(value: T, note?: string): Promise<Revision<T>> {
    return (await this.prepare(value, note)).commit()
  }

  /** The kept revisions that are whole, newest first. */
  async history(): Promise<Revision<T>[]> {
    const found = await Promise.all((await this.#revisions()).map((revision) => this.#read(revision)))
    return found.flatMap((read) => (read.ok ? [read.revision] : []))
  }

  /** One kept revision, if it is still there. */
  async revision(revision: number): Promise<Revision<T> | undefined> {
    if (!(await this.#revisions()).includes(revision)) return undefined
    const read = await this.#read(revision)
    return read.ok ? read.revision : undefined
  }

  async #read(revision: number): Promise<{ ok: true; revision: Revision<T> } | { ok: false; cause: string }> {
    const file = this.#file(revision)
    const { schema, migrations } = this.#options
    const saved = parseSaved(await readFile(file, 'utf8'))
    if (typeof saved === 'string') return { ok: false, cause: saved }
    const value = schema.safeParse(migrate(file, saved.format, saved.value, migrations))
    if (!value.success) return { ok: false, cause: z.prettifyError(value.error) }
    const { savedAt, note } = saved
    return { ok: true, revision: { revision, savedAt, ...(note && { note }), value: value.data } }
  }

  #print(revision: Revision<T>): string {
    const saved = { format: currentFormat(this.#options.migrations), ...revision }
    return `${JSON.stringify({ ...saved, sha256: checksum(saved) }, null, 1)}\n`
  }

  async #revisions(): Promise<number[]> {
    const names = await readdir(this.#options.folder)
    const numbers = names.flatMap((name) => fileName.exec(name)?.[1] ?? []).map(Number)
    return numbers.sort((a, b) => b - a)
  }

  async #forgetOldest(): Promise<void> {
    for (const revision of (await this.#revisions()).slice(this.#options.keep))
      await removeFile(this.#file(revision))
  }

  #file(revision: number): string {
    return join(this.#options.folder, `${revision}.json`)
  }

  async #orExplain<R>(write: () => Promise<R>): Promise<R> {
    try {
      return await write()
    } catch (cause) {
      const why = isSystemError(cause, 'ENOSPC', 'EDQUOT')
        ? 'the disk is full; make room and try again'
        : cause instanceof Error
          ? cause.message
          : String(cause)
      const message = `the ${this.#options.what} could not be saved, so nothing was changed: ${why}`
      throw new ContractError('state-folder', message, { cause })
    }
  }
}

/** What a file says, or why it cannot be believed. */
function parseSaved(text: string): z.infer<typeof envelope> | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'it is not whole'
  }
  const saved = envelope.safeParse(json)
  if (!saved.success) return 'it is not what Sluicegate writes'
  const { sha256, ...content } = json as Record<string, unknown>
  return sha256 === checksum(content) ? saved.data : 'its checksum does not fit'
}

// JSON keeps the order of keys, so what was parsed prints as what was written.
function checksum(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
