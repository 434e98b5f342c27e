/**
 * How much fits into a zone of so many bytes: nginx's slab allocator as bookkeeping, so that states are
 * pushed out when nginx would push them out (ngx_slab.c). Nothing is stored here.
 */

const pageSize = 4096
const smallest = 8
const largestChunk = pageSize / 2
// sizeof(ngx_slab_pool_t) and the heads of its nine sizes, on a 64-bit machine.
const poolHead = 704
const pageHead = 24

export class Slab {
  #freePages: number
  /** Pages and chunks in use, by the size of a chunk. */
  readonly #sizes = new Map<number, { pages: number; used: number }>()
  /** Bytes of all pages. */
  readonly capacity: number

  /** `size`: bytes of the zone, as the configuration says. */
  constructor(size: number) {
    const pages = Math.max(0, Math.floor((size - poolHead) / (pageSize + pageHead)))
    const start = Math.ceil((poolHead + pages * pageHead) / pageSize) * pageSize
    this.#freePages = Math.max(0, Math.min(pages, Math.floor((size - start) / pageSize)))
    this.capacity = this.#freePages * pageSize
  }

  /** Bytes of the pages that are in use. */
  get used(): number {
    return this.capacity - this.#freePages * pageSize
  }

  /** How many more allocations of so many bytes there is room for. */
  roomFor(bytes: number): number {
    if (bytes > largestChunk) return Math.floor(this.#freePages / Math.ceil(bytes / pageSize))
    const chunk = chunkFor(bytes)
    const { pages = 0, used = 0 } = this.#sizes.get(chunk) ?? {}
    return (pages + this.#freePages) * chunksInPage(chunk) - used
  }

  /** Takes room for so many bytes; false: there is none. */
  alloc(bytes: number): boolean {
    if (bytes > largestChunk) return this.#takePages(Math.ceil(bytes / pageSize))
    const chunk = chunkFor(bytes)
    let size = this.#sizes.get(chunk)
    if (!size) this.#sizes.set(chunk, (size = { pages: 0, used: 0 }))
    if (size.used >= size.pages * chunksInPage(chunk)) {
      if (!this.#takePages(1)) return false
      size.pages++
    }
    size.used++
    return true
  }

  /** Gives the room of an allocation of so many bytes back. */
  free(bytes: number): void {
    if (bytes > largestChunk) {
      this.#freePages += Math.ceil(bytes / pageSize)
      return
    }
    const chunk = chunkFor(bytes)
    const size = this.#sizes.get(chunk)
    if (!size) return
    size.used--
    // A page goes back when its last chunk does; which page a chunk lies in is not followed.
    if (size.used <= (size.pages - 1) * chunksInPage(chunk)) {
      size.pages--
      this.#freePages++
    }
  }

  #takePages(count: number): boolean {
    if (this.#freePages < count) return false
    this.#freePages -= count
    return true
  }
}

function chunkFor(bytes: number): number {
  let chunk = smallest
  while (chunk < bytes) chunk *= 2
  return chunk
}

// Pages of chunks below 64 bytes hold their own map of what is in use.
function chunksInPage(chunk: number): number {
  const chunks = pageSize / chunk
  return chunk < 64 ? chunks - Math.ceil(chunks / 8 / chunk) : chunks
}
