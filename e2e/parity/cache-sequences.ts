/**
 * Plays generated sequences of exchanges at a cache on a real nginx and on our engine, and compares what the
 * client sees: status, cache status, body (which says how often the origin was asked), validators and ranges.
 *
 *     node e2e/parity/cache-sequences.ts [--count 300] [--verbose] [--record FILE]
 *
 * `--record` writes what nginx says of the first 60 into a file, which a unit test holds the engine to.
 */
import { writeFile } from 'node:fs/promises'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  cacheConfig,
  cacheSequences,
  originAnswer,
  seenOf,
  stepRequest,
  type Seen,
  type Sequence,
} from '../../src/engine/testing/cache-sequences.ts'
import {
  engineCommand,
  freePort,
  makePrefix,
  removePrefix,
  startEngine,
  wholeConfig,
  type EngineName,
} from '../support/nginx.ts'

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    verbose: { type: 'boolean', default: false },
    record: { type: 'string' },
  },
})

const recorded = 60
// Validity is counted in whole seconds: each round of exchanges begins this far into one. A sequence that has an
// exchange which did not end in the second it began in, or was slow, is played again, with all others that met that.
const phaseMs = 150
const mostAttempts = 8
// An origin that answers is not to be taken for a silent one: proxy_read_timeout is 150 ms.
const slowMs = 100
// More at once only wait for each other, and what waits for long is taken for an origin that is silent.
const players = 24
// Far above what any exchange takes.
const deadlineMs = 10_000

const missing = (['nginx', 'sluicegate'] as const).filter((engine) => !engineCommand(engine))
if (missing.length > 0) {
  console.log(`${missing.join(' and ')} cannot be run`)
  process.exitCode = 1
} else process.exitCode = await run()

async function run(): Promise<number> {
  const sequences = cacheSequences(Number(options.count))
  const theirs: Seen[][] = []
  const ours: Seen[][] = []
  let left = sequences.map((sequence, i) => ({ sequence, i }))
  for (let attempt = 1; left.length > 0 && attempt <= mostAttempts; attempt++) {
    const played = left.map(({ sequence }) => sequence)
    const [nginx, engine] = [await play('nginx', played), await play('sluicegate', played)]
    left = left.filter(({ i }, k) => {
      const [one, other] = [nginx[k], engine[k]]
      if (!one || !other) return true
      theirs[i] = one
      ours[i] = other
      return false
    })
  }
  if (left.length > 0) {
    console.log(`this machine is too busy: ${left.length} sequences never kept to their seconds`)
    return 1
  }
  return report(sequences, theirs, ours)
}

async function report(sequences: Sequence[], theirs: Seen[][], ours: Seen[][]): Promise<number> {
  let failed = 0
  let exchanges = 0
  sequences.forEach(({ path, steps }, i) => {
    exchanges += steps.length
    const wrong = steps.findIndex((_, k) => JSON.stringify(theirs[i]?.[k]) !== JSON.stringify(ours[i]?.[k]))
    if (wrong >= 0) failed++
    if (wrong < 0 && !options.verbose) return
    console.log(`${wrong < 0 ? 'ok  ' : 'FAIL'} ${path}`)
    steps.forEach((step, k) => {
      const { method, query, wait, fields, origin } = step
      const mark = k === wrong ? '>>' : '  '
      console.log(
        `${mark} +${wait}s ${method}${query} [${fields.join('; ')}] origin ${JSON.stringify(origin)}`,
      )
      console.log(`       nginx ${JSON.stringify(theirs[i]?.[k])}`)
      if (k === wrong) console.log(`       ours  ${JSON.stringify(ours[i]?.[k])}`)
    })
  })
  if (options.record !== undefined && failed === 0)
    await writeFile(options.record, `${JSON.stringify(theirs.slice(0, recorded), null, 1)}\n`)
  const counts = new Map<string, number>()
  for (const { cache } of theirs.flat()) counts.set(cache, (counts.get(cache) ?? 0) + 1)
  console.log(`${exchanges} exchanges: ${[...counts].map(([word, n]) => `${word} ${n}`).join(', ')}`)
  console.log(`${sequences.length - failed} passed, ${failed} failed, 0 skipped`)
  return failed > 0 ? 1 : 0
}

/** What the client saw, by sequence and step; undefined where an exchange took too long. */
async function play(engine: EngineName, sequences: Sequence[]): Promise<(Seen[] | undefined)[]> {
  const origin = await startOrigin()
  const prefix = await makePrefix()
  const port = await freePort()
  const config = wholeConfig(engine, cacheConfig(`127.0.0.1:${origin.port}`, `127.0.0.1:${port}`))
  const running = await startEngine({ engine, prefix, config, logLevel: 'crit' })
  try {
    return await playRounds(port, sequences)
  } finally {
    await running.stop()
    origin.close()
    await removePrefix(prefix)
  }
}

async function playRounds(port: number, sequences: Sequence[]): Promise<(Seen[] | undefined)[]> {
  const late = new Set<number>()
  const seen: Seen[][] = sequences.map(() => [])
  const next = sequences.map(() => 0)
  const due = sequences.map(({ steps }) => steps[0]?.wait ?? 0)
  const first = Math.floor(Date.now() / 1000) + 1
  for (let second = 0; next.some((k, i) => k < (sequences[i]?.steps.length ?? 0)); second++) {
    await delay((first + second) * 1000 + phaseMs - Date.now())
    // Steps that follow at once are played in the same second, one after the other.
    for (let more = true; more;) {
      const turn = sequences.flatMap((sequence, i) => {
        const step = sequence.steps[next[i] ?? 0]
        return step && (due[i] ?? 0) <= second ? [{ sequence, i, step }] : []
      })
      const waiting = [...turn]
      const player = async (): Promise<void> => {
        for (let one = waiting.shift(); one; one = waiting.shift()) {
          const { sequence, i, step } = one
          const asked = Date.now()
          seen[i]?.push(seenOf(await ask(port, stepRequest(sequence.path, step))))
          if (step.origin.fault !== 'silence' && Date.now() - asked > slowMs) late.add(i)
          next[i] = (next[i] ?? 0) + 1
          due[i] = second + (sequence.steps[next[i] ?? 0]?.wait ?? 0)
        }
      }
      await Promise.all(Array.from({ length: players }, player))
      // What is refreshed behind an answer is over before the next step.
      const paused = Date.now()
      if (turn.length > 0) await delay(20)
      if (Date.now() - paused > slowMs) for (const { i } of turn) late.add(i)
      if (Date.now() >= (first + second + 1) * 1000) for (const { i } of turn) late.add(i)
      more = turn.length > 0
    }
  }
  return seen.map((each, i) => (late.has(i) ? undefined : each))
}

function ask(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }, () =>
      socket.write(bytes, 'latin1'),
    )
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => (text += piece))
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
    socket.setTimeout(deadlineMs, () =>
      socket.destroy(new Error(`no end of the answer to ${bytes.split('\r\n')[0]}`)),
    )
  })
}

async function startOrigin(): Promise<{ port: number; close: () => void }> {
  const counts = new Map<string, number>()
  const server = net.createServer((socket) => {
    let text = ''
    socket.setEncoding('latin1')
    socket.on('error', () => undefined)
    socket.on('data', (piece: string) => {
      text += piece
      if (!text.includes('\r\n\r\n')) return
      const path = (text.split(' ')[1] ?? '').replace(/\?.*/, '')
      const count = (counts.get(path) ?? 0) + 1
      counts.set(path, count)
      const { answer, wait } = originAnswer(text, count)
      text = ''
      if (answer !== undefined) socket.end(answer, 'latin1')
      else if (!wait) socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() }
}
