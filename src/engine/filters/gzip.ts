/** `gzip`: https://nginx.org/en/docs/http/ngx_http_gzip_module.html */
import { constants, crc32, deflateRawSync } from 'node:zlib'
import type { FilterFactory } from '../filters.ts'
import type { Output } from '../request/client-side.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { compileGzipOk } from '../request/gzip-ok.ts'
import { compileMediaTypes } from '../request/media-types.ts'

const statuses = new Set([200, 403, 404])

export const gzip: FilterFactory = (fields) => {
  if (!fields.gzip) return undefined
  const matches = compileMediaTypes(fields.gzipTypes, ['text/html'])
  const least = fields.gzipMinLength ?? 20
  const level = fields.gzipCompLevel ?? 1
  const isOk = compileGzipOk(fields)
  return (x, answer) => {
    if (
      !statuses.has(answer.status) ||
      (answer.contentLength >= 0 && answer.contentLength < least) ||
      answer.get('content-encoding') ||
      !matches(answer)
    )
      return undefined
    x.gzipVary = true
    if (!isOk(x, answer)) return undefined
    answer.add('Content-Encoding', 'gzip')
    answer.contentLength = -1
    answer.allowRanges = false
    answer.remove('accept-ranges')
    answer.weakenEtag()
    if (!isBodyless(x, answer)) answer.wrap((inner) => new Gzip(inner, level))
    return undefined
  }
}

// As much as is compressed at once; what deflate remembers of what came before.
const pieceSize = 65_536
const windowSize = 32_768
const nothing = Buffer.alloc(0)
// Made on Unix, no name, no time.
const gzipHead = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])

/**
 * Compresses piece by piece: each is a run of deflate blocks that ends on a byte and begins with what came
 * before as its dictionary, so that one after the other they are one stream, and no native state is kept.
 */
class Gzip implements Output {
  readonly #inner: Output
  readonly #level: number
  #waiting: Buffer[] = []
  #waitingSize = 0
  #window: Buffer = nothing
  #sum = 0
  #read = 0
  #written = 0

  constructor(inner: Output, level: number) {
    this.#inner = inner
    this.#level = level
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    this.#waiting.push(Buffer.from(buffer.subarray(start, end)))
    this.#waitingSize += end - start
    return this.#waitingSize < pieceSize || this.#compress(x, constants.Z_SYNC_FLUSH)
  }

  flush(x: Exchange): void {
    if (this.#waitingSize > 0) this.#compress(x, constants.Z_SYNC_FLUSH)
    this.#inner.flush(x)
  }

  end(x: Exchange): void {
    this.#compress(x, constants.Z_FINISH)
    x.keep('gzip-ratio', () => ratio(this.#read, this.#written))
    this.#inner.end(x)
  }

  // Head, data and tail go on as one piece where they are made together: each piece may become a chunk.
  #compress(x: Exchange, finishFlush: number): boolean {
    const [only] = this.#waiting
    const piece = this.#waiting.length === 1 && only ? only : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingSize = 0
    this.#sum = crc32(piece, this.#sum)
    this.#read += piece.length
    const dictionary = this.#window
    const last = finishFlush === constants.Z_FINISH
    if (!last) this.#window = Buffer.concat([dictionary, piece]).subarray(-windowSize)
    const data = deflateRawSync(piece, {
      level: this.#level,
      finishFlush,
      ...(dictionary.length > 0 && { dictionary }),
    })
    if (this.#written > 0 && !last) return this.#put(x, data)
    const head = this.#written === 0 ? gzipHead : nothing
    return this.#put(x, Buffer.concat(last ? [head, data, this.#tail()] : [head, data]))
  }

  #tail(): Buffer {
    const tail = Buffer.allocUnsafe(8)
    tail.writeUInt32LE(this.#sum, 0)
    tail.writeUInt32LE(this.#read % 2 ** 32, 4)
    return tail
  }

  #put(x: Exchange, buffer: Buffer): boolean {
    this.#written += buffer.length
    return this.#inner.write(x, buffer, 0, buffer.length)
  }
}

// `$gzip_ratio`: two decimals, the third rounds (ngx_http_gzip_ratio_variable).
function ratio(read: number, written: number): string {
  const thousandths = Math.floor((read * 1000) / written)
  const hundredths = Math.floor(thousandths / 10) + (thousandths % 10 > 4 ? 1 : 0)
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`
}
