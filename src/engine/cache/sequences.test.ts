import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  cacheConfig,
  cacheSequences,
  originAnswer,
  seenOf,
  stepRequest,
  type Seen,
} from '../testing/cache-sequences.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { startWith, type Started } from '../testing/start-with.ts'

// What a real nginx made of them, recorded by e2e/parity/cache-sequences.ts.
const recorded = JSON.parse(
  readFileSync(new URL('./golden/sequences.json', import.meta.url), 'utf8'),
) as Seen[][]

const clock = fakeClock()
const counts = new Map<string, number>()
const origin = createServer((socket) => {
  socket.setEncoding('latin1')
  socket.on('error', () => undefined) // The engine may hang up first.
  let text = ''
  socket.on('data', (piece: string) => {
    text += piece
    if (!text.includes('\r\n\r\n')) return
    const path = (text.split(' ')[1] ?? '').replace(/\?.*/, '')
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const { answer, wait } = originAnswer(text, counts.get(path) ?? 0)
    text = ''
    if (answer !== undefined) socket.end(answer, 'latin1')
    else if (wait) clock.advance(300)
    else socket.destroy()
  })
})
let started: Started

beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  started = await startWith(cacheConfig(`127.0.0.1:${(origin.address() as AddressInfo).port}`, '80'), {
    clock,
  })
})

afterAll(async () => {
  await started.stop()
  origin.close()
})

test.each(
  cacheSequences(300)
    .slice(0, recorded.length)
    .map((sequence, i) => [sequence.path, sequence, i] as const),
)('%s: what the client sees is what it sees of nginx', async (_, { path, steps }, i) => {
  const seen: Seen[] = []
  // Each begins at the start of a second, as it was recorded.
  clock.advance(1100 - (clock.now() % 1000))
  let second = Math.floor(clock.now() / 1000)
  for (const step of steps) {
    second += step.wait
    clock.advance(Math.max(0, second * 1000 + 100 - clock.now()))
    seen.push(seenOf(await started.ask(stepRequest(path, step))))
  }
  expect(seen).toEqual(recorded[i])
})
