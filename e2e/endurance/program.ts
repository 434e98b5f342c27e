/**
 * `sluicegate-nginx`, and a probe: whoever started it may ask over IPC what is alive inside. The program itself is the
 * product's, with the same command line.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapSnapshot } from 'node:v8'
import { text } from 'node:stream/consumers'
import { nginxProgram } from '../../src/cli/nginx-program.ts'
import type { Inside, Question } from './product.ts'

/** What is counted: names of classes by the name in the report. A cycle has one draft of its zones. */
const classes = {
  cycles: 'ZoneDraft',
  listeners: 'Listener',
  http1: 'Http1Connection',
  http2: 'Http2Connection',
  streams: 'Http2Stream',
  exchanges: 'Exchange',
  upstreams: 'UpstreamGroup',
  upstreamConnections: 'UpstreamConnection',
  spoolFiles: 'SpoolFile',
} satisfies Record<keyof Inside['objects'], string>

interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly node_types: [string[]] } }
  readonly nodes: readonly number[]
  readonly strings: readonly string[]
}

/** A snapshot has only what is alive: garbage is collected for it. */
async function countObjects(): Promise<Inside['objects']> {
  const { snapshot, nodes, strings } = JSON.parse(await text(getHeapSnapshot())) as Snapshot
  const { node_fields: fields, node_types: types } = snapshot.meta
  const [typeAt, nameAt] = [fields.indexOf('type'), fields.indexOf('name')]
  const isObject = types[0].indexOf('object')
  const counts = new Map<string, number>()
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (nodes[at + typeAt] !== isObject) continue
    const name = strings[nodes[at + nameAt] ?? 0] ?? ''
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const found = Object.entries(classes).map(([name, each]) => [name, counts.get(each) ?? 0])
  return Object.fromEntries(found) as Inside['objects']
}

async function inside(): Promise<Inside> {
  const objects = await countObjects()
  const collect = (globalThis as { gc?: () => void }).gc
  collect?.()
  collect?.()
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  return { objects, heap: heapUsed, external, arrayBuffers, resident: rss }
}

let turns: ReturnType<typeof monitorEventLoopDelay> | undefined
// A turn is told by how late a timer is, which is due as often.
const resolution = 5

function longestTurn(): number {
  const longest = turns ? turns.max / 1e6 : 0
  turns ??= monitorEventLoopDelay({ resolution })
  turns.enable()
  turns.reset()
  return longest
}

const answers: Readonly<Record<Question, () => unknown>> = { inside, 'longest turn': longestTurn }

process.on(
  'message',
  (question: Question) =>
    void Promise.resolve(answers[question]()).then((found) => process.send?.(found as Inside | number)),
)
// The probe keeps no program alive.
process.channel?.unref()

process.exit(await nginxProgram(process.argv.slice(2)))
