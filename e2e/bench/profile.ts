/** Where a CPU profile's time went: `node e2e/bench/profile.ts FILE.cpuprofile [LINES]`, functions by their own time. */
import { readFileSync } from 'node:fs'

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

const [file = '', lines = '45'] = process.argv.slice(2)
const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile

const names = new Map(
  nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
    const place = url === '' ? '' : ` ${url.replace(/^.*\/(?=\w+\/[^/]+$)/, '')}:${lineNumber + 1}`
    return [id, `${functionName || '(anonymous)'}${place}`] as const
  }),
)
const own = new Map<string, number>()
for (const [i, sample] of samples.entries()) {
  const name = names.get(sample) ?? '?'
  own.set(name, (own.get(name) ?? 0) + (timeDeltas[i] ?? 0))
}
const idle = own.get('(idle)') ?? 0
own.delete('(idle)')
const busy = [...own.values()].reduce((sum, time) => sum + time, 0)
console.log(`busy ${(busy / 1e6).toFixed(2)} s, idle ${(idle / 1e6).toFixed(2)} s`)
for (const [name, time] of [...own].sort((a, b) => b[1] - a[1]).slice(0, Number(lines)))
  console.log(`${((time / busy) * 100).toFixed(1).padStart(5)} %  ${name}`)
