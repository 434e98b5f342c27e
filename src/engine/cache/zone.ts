/** A cache: what is known of its keys, its files, its small responses in memory (ngx_http_file_cache_t). */
import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs'
import type { Clock } from '../../base/clock.ts'
import { Lru } from '../../base/lru.ts'
import type { LogSeverity } from '../../status/log-entry.ts'
import type { Zone } from '../cycle/zones.ts'
import { diskPath } from '../request/file-path.ts'
import { systemError } from '../request/system-error.ts'
import { openStored, readBody, removeFile, type OpenedFile } from './disk.ts'
import { DoomedFiles } from './doomed.ts'
import { Entry, UseOrder } from './entry.ts'
import { HotResponse, HotStore } from './hot.ts'
import { fileHash, filePath } from './key.ts'
import { CacheLoader } from './loader.ts'
import { CacheManager } from './manager.ts'
import { parseStoredHead, type StoredHead } from './stored.ts'
import { CacheTally } from './tally.ts'

/** The parameters of `proxy_cache_path` that may change while it runs. Times are milliseconds, sizes bytes. */
export interface CacheBounds {
  readonly inactive: number
  readonly maxSize: number
  readonly minFree: number
  readonly manager: Pace
  readonly loader: Pace
}

/** So many files at a stretch, at most so long, then a pause. */
export interface Pace {
  readonly files: number
  readonly sleep: number
  readonly threshold: number
}

/** A stored response that can be sent: from memory, or from a file that is open. */
export type Stored = HotResponse | OpenedFile

/** Where a zone tells what its files have done to it. */
export type ZoneLog = (severity: LogSeverity, message: string) => void

// A body that is larger is read from its file; one that is smaller is mostly asked for often.
const hotBody = 262_144
// For all small bodies of one zone together.
const hotTotal = 67_108_864
// An Entry, its place in the table and the heads of its strings: measured with 100,000 of them.
const entryBytes = 290
// So many hosts are stored under one text.
const hostsKept = 1000
// What was purged is remembered, so that the next miss can say why.
const purgedKept = 1000

export class CacheZone implements Zone {
  readonly name: string
  /** Where the configuration wants its files, and where they are. */
  readonly configuredFolder: string
  folder: string
  readonly levels: readonly number[]
  readonly clock: Clock
  readonly entries = new Map<string, Entry>()
  readonly order = new UseOrder<Entry>()
  readonly hot = new HotStore(hotTotal)
  readonly purged: Lru<string, true>
  /** How many keys there may be. */
  readonly capacity: number
  /** What became of the exchanges that came here, and why. */
  readonly tally = new CacheTally()
  bounds: CacheBounds
  /** Not all files have been seen yet. */
  cold = true
  /** Bytes of all files, whole blocks. */
  diskSize = 0
  /** The manager removes keys down to this number once there was no room for one. */
  watermark = Infinity
  /** Exchanges that wait for another one's fetching. */
  waiting = 0
  storedCount = 0
  /** Entries that have a file. */
  existing = 0
  purgedCount = 0
  removedCount = 0
  /** Why nothing is stored at present. */
  trouble: string | undefined
  #log: ZoneLog = () => undefined
  #block = 4096
  /** Bytes of the names and keys of all entries. */
  #texts = 0
  readonly #hosts = new Lru<string, string>({ limit: hostsKept })
  readonly #fallback: string | undefined
  readonly #loader = new CacheLoader(this)
  readonly #manager = new CacheManager(this)
  readonly #doomed: DoomedFiles

  constructor(init: {
    name: string
    folder: string
    /** Where its files are if that folder cannot be written. */
    fallback?: string | undefined
    levels: readonly number[]
    /** Bytes of `keys_zone`. */
    size: number
    bounds: CacheBounds
    clock: Clock
  }) {
    this.name = init.name
    this.configuredFolder = init.folder
    this.folder = init.folder
    this.#fallback = init.fallback
    this.levels = init.levels
    this.bounds = init.bounds
    this.clock = init.clock
    this.capacity = keysIn(init.size)
    this.purged = new Lru({ limit: purgedKept })
    this.#doomed = new DoomedFiles(init.clock, (name) => this.#unlink(name))
  }

  /** The wall clock in seconds, as nginx counts validity. */
  get now(): number {
    return Math.floor(this.clock.now() / 1000)
  }

  /** Another configuration has it now. */
  adopt(bounds: CacheBounds, log: ZoneLog): void {
    this.bounds = bounds
    this.#log = log
  }

  begin(): void {
    try {
      this.folder = writableFolder(this.configuredFolder, this.#fallback)
      if (this.folder !== this.configuredFolder)
        this.log(
          'warn',
          `cache "${this.name}" is kept in "${this.folder}": "${this.configuredFolder}" cannot be written`,
        )
      this.#block = statfsSync(this.folder).bsize
    } catch (error) {
      this.failed(`mkdir() "${this.configuredFolder}"`, error)
    }
    this.#loader.begin()
    this.#manager.begin()
  }

  dispose(): void {
    this.#loader.dispose()
    this.#doomed.dispose()
    this.#manager.dispose()
    this.hot.clear()
    this.entries.clear()
    this.#texts = 0
  }

  /** The path of an entry's file. */
  pathOf(name: string): string {
    return filePath(this.folder, this.levels, fileHash(name))
  }

  /** Bytes that a file of this size takes on the disk. */
  blocks(size: number): number {
    return Math.ceil(size / this.#block) * this.#block
  }

  /** The entry of a name, made where there is none; undefined where there is no room and nothing can go. */
  entry(name: string, key: string): Entry | undefined {
    const known = this.entries.get(name)
    if (known) return known
    if (this.entries.size >= this.capacity) {
      this.watermark = this.entries.size - Math.floor(this.entries.size / 8)
      if (this.#manager.forceExpire() > 0) {
        this.log('alert', `could not allocate node in cache keys zone "${this.name}"`)
        return undefined
      }
    }
    return this.add(name, key)
  }

  /** A new entry. */
  add(name: string, key: string): Entry {
    const entry = new Entry(name, key)
    this.entries.set(name, entry)
    this.#texts += textBytes(entry)
    return entry
  }

  /** Bytes of memory that what is known of the keys takes, about. */
  get keysMemory(): number {
    return this.entries.size * entryBytes + this.#texts
  }

  /** It was asked for: it stays for another `inactive`. */
  touch(entry: Entry): void {
    entry.expire = this.now + Math.floor(this.bounds.inactive / 1000)
    this.order.touch(entry)
  }

  /** What is stored of an entry; undefined where there is nothing (any more). Throws the system's error. */
  read(entry: Entry): Stored | undefined {
    if (entry.hot) {
      this.hot.touch(entry.hot)
      return entry.hot
    }
    if (this.isDoomed(entry.name)) return undefined
    const path = this.pathOf(entry.name)
    const opened = openStored(path)
    if (opened === 'absent') return undefined
    if (opened === 'torn') {
      this.log('crit', `cache file "${path}" is damaged, it is removed`)
      this.forgetFile(entry)
      removeFile(path)
      return undefined
    }
    return this.#warm(entry, opened)
  }

  /** The head of what is stored, without reading more than that; undefined where there is nothing. Throws the system's error. */
  headOf(entry: Entry): StoredHead | undefined {
    if (entry.hot) return entry.hot.head
    const opened = openStored(this.pathOf(entry.name))
    if (typeof opened === 'string') return undefined
    opened.close()
    return opened.head
  }

  #warm(entry: Entry, opened: OpenedFile): Stored {
    if (opened.head.bodyLength > hotBody) return opened
    const parsed = parseStoredHead(opened.head.text)
    if (!parsed) return opened
    const response = new HotResponse(entry, opened.head, parsed, readBody(opened))
    if (response.body.length !== opened.head.bodyLength) return opened
    opened.close()
    this.hot.keep(response)
    return response
  }

  /** A file is in its place. `body`: where it is small enough for memory. */
  stored(entry: Entry, head: StoredHead, size: number, body: Buffer | undefined): void {
    this.coolDown(entry)
    const parsed = body && parseStoredHead(head.text)
    if (body && parsed) this.hot.keep(new HotResponse(entry, head, parsed, body))
    const blocks = this.blocks(size)
    entry.error = 0
    this.found(entry, head, blocks)
    this.storedCount++
    this.trouble = undefined
    this.purged.delete(entry.name)
    this.#doomed.spare(entry.name)
  }

  /** There is a file of it. `blocks`: the bytes it takes on the disk. */
  found(entry: Entry, head: StoredHead, blocks: number): void {
    if (!entry.exists) this.existing++
    entry.exists = true
    this.diskSize += blocks - entry.diskSize
    entry.diskSize = blocks
    entry.describe(head, this.#sameHost(head.host))
  }

  /** A file has other times now. */
  revalidated(entry: Entry, head: StoredHead): void {
    entry.describe(head, entry.host)
    if (entry.hot) entry.hot.head = head
  }

  /** Bodies up to this size are kept in memory. */
  get hotLimit(): number {
    return hotBody
  }

  // Thousands of entries have one host: they share its text.
  #sameHost(host: string): string {
    const known = this.#hosts.get(host)
    if (known !== undefined) return known
    this.#hosts.set(host, host)
    return host
  }

  coolDown(entry: Entry): void {
    this.hot.drop(entry)
  }

  /** There is no file of it any more. */
  forgetFile(entry: Entry): void {
    this.coolDown(entry)
    this.diskSize -= entry.diskSize
    entry.diskSize = 0
    if (entry.exists) this.existing--
    entry.exists = false
  }

  /** Takes it out, with its file: at once, or `later` where it is one of thousands. */
  remove(entry: Entry, later = false): void {
    const { exists } = entry
    this.forgetFile(entry)
    if (exists && later) this.#doomed.add(entry.name)
    else if (exists) this.#unlink(entry.name)
    if (entry.count > 0) return
    this.order.remove(entry)
    if (this.entries.delete(entry.name)) this.#texts -= textBytes(entry)
  }

  // Files that cannot be removed are told.
  #unlink(name: string): void {
    const path = this.pathOf(name)
    try {
      removeFile(path)
    } catch (error) {
      this.log('crit', `unlink() "${path}" failed (${systemError(error as NodeJS.ErrnoException)})`)
    }
  }

  /** Its file is there and is to be removed: it stands for nothing any more. */
  isDoomed(name: string): boolean {
    return this.#doomed.has(name)
  }

  /** The disk refuses: said once, until something can be stored again. */
  failed(what: string, error: unknown): void {
    const sentence = `${what} failed (${systemError(error as NodeJS.ErrnoException)})`
    if (this.trouble === undefined) this.log('crit', `${sentence}, nothing is stored in cache "${this.name}"`)
    this.trouble ??= sentence
  }

  log(severity: LogSeverity, message: string): void {
    this.#log(severity, message)
  }
}

// A variant has a name besides its key.
function textBytes({ name, key }: Entry): number {
  return key.length + (name === key ? 0 : name.length)
}

// Made where it is absent. Throws the system's error about the first one.
function writableFolder(folder: string, fallback: string | undefined): string {
  try {
    mkdirSync(diskPath(folder), { recursive: true, mode: 0o700 })
    accessSync(diskPath(folder), constants.R_OK | constants.W_OK | constants.X_OK)
    return folder
  } catch (error) {
    if (fallback === undefined) throw error
    mkdirSync(fallback, { recursive: true, mode: 0o700 })
    return fallback
  }
}

// What nginx's slab allocator holds of 128-byte nodes: pages of 4 KiB with their descriptors, one of them for
// the allocator's own texts.
function keysIn(size: number): number {
  return Math.max(8, (Math.floor(size / 4128) - 1) * 32 - 1)
}
