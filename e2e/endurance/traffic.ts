/** Mixed load at a fixed rate, each answer compared with what it must be. */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, hashOf } from './bodies.ts'
import { http1Way, http2Way, type Asked, type Got, type Way } from './ways.ts'

export interface Ports {
  readonly http: number
  readonly https: number
}

/** What is asked, and what its answer must be. */
interface Question {
  readonly asked: Asked
  readonly length: number
  readonly hash: string
}

const sizes = [0, 1, 100, 1024, 1024, 4096, 16_384, 65_536, 200_000]

const questions: readonly ((seed: number, length: number) => Question)[] = [
  (seed, length) => ({
    asked: { method: 'GET', path: `/bytes/${seed}/${length}` },
    length,
    hash: hashOf(seed, length),
  }),
  (seed, length) => ({
    asked: { method: 'GET', path: `/chunks/${seed}/${length}` },
    length,
    hash: hashOf(seed, length),
  }),
  (seed, length) => ({
    asked: { method: 'POST', path: '/echo', body: bodyOf(seed, length) },
    length,
    hash: hashOf(seed, length),
  }),
  (seed, length) => ({
    asked: { method: 'POST', path: '/echo', body: bodyOf(seed, length), chunked: true },
    length,
    hash: hashOf(seed, length),
  }),
  (seed, length) => {
    const sum = `${length} ${hashOf(seed, length)}`
    return {
      asked: { method: 'POST', path: '/unbuffered/sum', body: bodyOf(seed, length) },
      length: sum.length,
      hash: createHash('sha256').update(sum).digest('hex'),
    }
  },
  () => ({
    asked: { method: 'GET', path: '/slow/30' },
    length: 4,
    hash: createHash('sha256').update('slow').digest('hex'),
  }),
]

export class Traffic {
  answered = 0
  /** What went wrong, in words; the first ones. */
  readonly wrong: string[] = []
  wrongCount = 0
  readonly latencies: number[] = []
  readonly ways: readonly Way[]
  readonly #perSecond: number
  #running = true
  readonly #workers: Promise<void>[]
  #next = 0

  /** `perSecond`: requests of all ways together; 0: as fast as so many clients get answers. */
  constructor(ports: Ports, options: { perSecond: number; clients: number }) {
    this.#perSecond = options.perSecond
    this.ways = [
      http1Way(ports.http, { tls: false, keep: true }),
      http1Way(ports.https, { tls: true, keep: true }),
      http2Way(ports.https),
      http1Way(ports.http, { tls: false, keep: false }),
      http1Way(ports.https, { tls: true, keep: true }),
      http2Way(ports.https),
      http1Way(ports.http, { tls: false, keep: true }),
      http1Way(ports.https, { tls: true, keep: false }),
    ]
    const start = performance.now()
    this.#workers = Array.from({ length: options.clients }, () => this.#work(start))
  }

  /** Requests that were sent again after a GOAWAY. */
  get again(): number {
    return this.ways.reduce((sum, way) => sum + way.again, 0)
  }

  /** No new requests; resolves when those that run are answered and the connections closed. */
  async stop(): Promise<void> {
    this.#running = false
    await Promise.all(this.#workers)
    for (const way of this.ways) way.close()
  }

  async #work(start: number): Promise<void> {
    while (this.#running) {
      const number = this.#next++
      if (this.#perSecond > 0) {
        const wait = start + (number * 1000) / this.#perSecond - performance.now()
        if (wait > 1) await delay(wait)
      }
      await this.#one(number)
    }
  }

  async #one(number: number): Promise<void> {
    const way = this.ways[number % this.ways.length]
    const make = questions[Math.floor(number / this.ways.length) % questions.length]
    if (!way || !make) return
    const { asked, length, hash } = make(number % 100_000, sizes[(number * 31) % sizes.length] ?? 0)
    const begun = performance.now()
    try {
      const got = await way.ask(asked)
      this.latencies.push(performance.now() - begun)
      if (got.status === 200 && got.length === length && got.hash === hash) this.answered++
      else this.#failed(way, asked, told(got, length))
    } catch (error) {
      this.#failed(way, asked, error instanceof Error ? error.message : String(error))
    }
  }

  #failed(way: Way, { method, path }: Asked, what: string): void {
    this.wrongCount++
    if (this.wrong.length < 20) this.wrong.push(`${way.name} ${method} ${path}: ${what}`)
  }
}

function told(got: Got, length: number): string {
  return got.status === 200
    ? `${got.length} bytes of ${length}${got.length === length ? ', others' : ''}`
    : `status ${got.status}`
}
