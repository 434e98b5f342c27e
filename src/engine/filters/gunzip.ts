/** `gunzip`: for clients that cannot take what is stored or sent compressed: https://nginx.org/en/docs/http/ngx_http_gunzip_module.html */
import { createGunzip } from 'node:zlib'
import type { FilterFactory } from '../filters.ts'
import type { Output } from '../request/client-side.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { compileGzipOk } from '../request/gzip-ok.ts'

export const gunzip: FilterFactory = (fields) => {
  if (!fields.gunzip) return undefined
  const isOk = compileGzipOk(fields)
  return (x, answer) => {
    if (answer.get('content-encoding')?.toLowerCase() !== 'gzip') return undefined
    x.gzipVary = true
    if (isOk(x, answer)) return undefined
    answer.remove('content-encoding')
    answer.remove('accept-ranges')
    answer.contentLength = -1
    answer.allowRanges = false
    answer.weakenEtag()
    if (!isBodyless(x, answer)) answer.wrap((inner) => new Gunzip(x, inner))
    return undefined
  }
}

class Gunzip implements Output {
  readonly #x: Exchange
  readonly #inner: Output
  readonly #inflate = createGunzip()
  #flushing = false
  #blocked = false

  constructor(x: Exchange, inner: Output) {
    this.#x = x
    this.#inner = inner
    this.#inflate.on('data', (piece: Buffer) => this.#inflated(piece))
    this.#inflate.on('drain', () => this.#drained())
    this.#inflate.on('end', () => {
      if (!x.finished) inner.end(x)
    })
    this.#inflate.on('error', (error) => {
      if (x.finished) return
      logError(x, 'error', `inflate() failed: ${error.message} while sending response to client`)
      x.client.abort(x)
    })
    x.onFinish(() => this.#inflate.destroy())
  }

  write(_x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    this.#wake()
    return this.#inflate.write(Buffer.from(buffer.subarray(start, end))) && !this.#blocked
  }

  flush(): void {
    this.#wake()
    this.#flushing = true
  }

  end(): void {
    this.#wake()
    this.#inflate.end()
  }

  #inflated(piece: Buffer): void {
    const x = this.#x
    if (x.finished) return
    const flowing = this.#inner.write(x, piece, 0, piece.length)
    if (this.#flushing) this.#inner.flush(x)
    if (flowing) return
    this.#blocked = true
    this.#inflate.pause()
    const before = x.client.onDrain
    x.client.onDrain = () => {
      this.#wake()
      before?.()
    }
  }

  // Whoever calls has been told that the client can take more.
  #wake(): void {
    if (!this.#blocked) return
    this.#blocked = false
    this.#inflate.resume()
  }

  // It has room again, and nobody else holds the sender up.
  #drained(): void {
    if (this.#blocked) return
    const { client } = this.#x
    const run = client.onDrain
    client.onDrain = undefined
    run?.()
  }
}
