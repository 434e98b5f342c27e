/** Storing an answer while it is passed on: in memory as long as it is small, then in a file aside. */
import { dirname } from 'node:path'
import { FileAside, writeStored } from './disk.ts'
import type { ResponseHead } from '../wire/response-head.ts'
import { encodeHead } from './format.ts'
import { variantHash, variantName } from './key.ts'
import { isAnySet } from './settings.ts'
import { settleFreshness, takeValidators } from './storability.ts'
import type { StoredHead } from './stored.ts'
import type { CacheUse } from './use.ts'

export class CacheFill {
  readonly #use: CacheUse
  readonly #head: StoredHead
  readonly #path: string
  #pieces: Buffer[] = []
  #size = 0
  #file: FileAside | undefined
  #over = false

  /** `use` holds the entry it is stored under. */
  constructor(use: CacheUse, head: StoredHead) {
    this.#use = use
    this.#head = head
    this.#path = use.zone.pathOf(use.name)
  }

  /** A piece of the body; it may be overwritten afterwards. */
  write(buffer: Buffer, start: number, end: number): void {
    if (this.#over) return
    this.#size += end - start
    if (this.#file) this.#append(buffer.subarray(start, end))
    else {
      this.#pieces.push(Buffer.from(buffer.subarray(start, end)))
      if (this.#size > this.#use.zone.hotLimit) this.#toFile()
    }
  }

  #toFile(): void {
    const pieces = this.#pieces
    this.#pieces = []
    try {
      this.#file = new FileAside(this.#path)
    } catch (error) {
      this.#failed(`open() in "${dirname(this.#path)}"`, error)
      return
    }
    this.#append(encodeHead(this.#head))
    for (const piece of pieces) this.#append(piece)
  }

  #append(bytes: Buffer): void {
    try {
      this.#file?.append(bytes)
    } catch (error) {
      this.#failed(`write() "${this.#file?.path ?? ''}"`, error)
    }
  }

  #failed(what: string, error: unknown): void {
    this.#use.zone.failed(what, error)
    this.#use.refuse('disk-error')
    this.drop()
  }

  /** The body is whole: from now on it is what is stored. */
  finish(): void {
    const use = this.#use
    const { entry, zone } = use
    if (this.#over || !entry) return
    if (use.purgedMeanwhile) {
      use.refuse('purged-meanwhile')
      this.drop()
      return
    }
    const head = { ...this.#head, bodyLength: this.#size }
    try {
      const body = this.#file ? undefined : joined(this.#pieces, this.#size)
      const size = body ? writeStored(this.#path, head, body) : this.#finishFile(head)
      zone.stored(entry, head, size, body)
    } catch (error) {
      this.#failed(`writing "${this.#path}"`, error)
      return
    }
    this.#over = true
    this.#pieces = []
    use.finish()
  }

  #finishFile(head: StoredHead): number {
    if (!this.#file) return 0
    this.#file.patch(encodeHead(head))
    this.#file.moveTo(this.#path)
    return this.#file.size
  }

  /** It will not be whole, or is not wanted: nothing stays. */
  drop(): void {
    if (this.#over) return
    this.#over = true
    this.#pieces = []
    this.#file?.drop()
    this.#use.free()
  }
}

// Memory of its own, not a slice of a larger piece that would be kept with it.
function joined(pieces: readonly Buffer[], size: number): Buffer {
  const all = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const piece of pieces) at += piece.copy(all, at)
  return all
}

/**
 * Begins to store an answer, if it may be stored (ngx_http_upstream_send_response). `text`: its head as it came.
 * Where it is not, the entry is let go of and the exchange says why.
 */
export function startFill(
  use: CacheUse,
  answer: { head: ResponseHead; text: string; buffered: boolean },
): CacheFill | undefined {
  const { head, text, buffered } = answer
  use.putBack()
  if (!buffered) use.refuse('unbuffered')
  else if (isAnySet(use.x, use.settings.noCache)) use.refuse('no-cache-condition')
  if (use.cacheable) settleFreshness(use, head.status)
  if (use.cacheable) {
    takeValidators(use, head)
    const fill = openFill(use, head.status, text)
    if (fill) return fill
  }
  use.free()
  return undefined
}

/**
 * The variant it is stored for may be another one than was
 * looked for, or none: then it becomes what is stored under the key itself (ngx_http_file_cache_set_header).
 * undefined: there is no room for it.
 */
function openFill(use: CacheUse, status: number, text: string): CacheFill | undefined {
  const { x, zone } = use
  const variant = use.vary === '' ? '' : variantHash(use.key, use.vary, x.head.fields)
  if (use.secondary && variantName(variant) !== use.name) {
    use.leave()
    use.secondary = false
    use.name = use.key
  }
  if (!use.entry) {
    // Bypassed, or left for the key itself.
    const entry = zone.entry(use.name, use.key)
    if (!entry) {
      use.refuse('no-room')
      return undefined
    }
    entry.uses++
    use.hold(entry)
    zone.touch(entry)
  }
  return new CacheFill(use, {
    key: use.key,
    host: x.host,
    status,
    vary: use.vary,
    variant,
    etag: use.etag,
    lastModified: use.lastModified,
    text,
    bodyLength: 0,
    freshUntil: use.freshUntil,
    staleWhileRevalidate: use.staleWhileRevalidate,
    staleIfError: use.staleIfError,
    storedAt: zone.now,
  })
}
