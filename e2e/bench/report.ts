/** From samples to a table of ratios, and to JSON. */
import type { Limit, Row, Sample } from './rows.ts'
import type { ServerName } from './servers.ts'

/** What a row gave. */
export interface Measured {
  readonly row: Row
  readonly samples: ReadonlyMap<ServerName, readonly Sample[]>
  /** Why a server, or the row, was not measured. */
  readonly missing: ReadonlyMap<ServerName, string>
}

export interface Held {
  readonly limit: Limit
  /** Undefined: one side was not measured. */
  readonly value: number | undefined
  readonly verdict: 'goal' | 'floor' | 'missed' | 'not measured'
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle - 0.5)] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
}

function medianOf(measured: Measured, server: ServerName, of: keyof Sample): number | undefined {
  const values = measured.samples.get(server)?.flatMap((sample) => sample[of] ?? [])
  return values === undefined || values.length === 0 ? undefined : median(values)
}

/** How a row stands to one of its limits. */
export function held(measured: Measured, limit: Limit): Held {
  const value = standing(measured, limit)
  if (value === undefined || Number.isNaN(value)) return { limit, value: undefined, verdict: 'not measured' }
  const reaches = (bound: number): boolean => (limit.kind === 'times' ? value >= bound : value <= bound)
  return { limit, value, verdict: reaches(limit.goal) ? 'goal' : reaches(limit.floor) ? 'floor' : 'missed' }
}

function standing(measured: Measured, { kind, of, against }: Limit): number | undefined {
  const ours = medianOf(measured, 'sluicegate', of)
  if (kind === 'at most' || against === undefined) return ours
  const theirs = medianOf(measured, against, of)
  if (ours === undefined || theirs === undefined) return undefined
  if (kind === 'over') return ours / theirs
  // Less time is better, and so are more requests a second.
  return of === 'rate' ? ours / theirs : theirs / ours
}

/** One row as lines of text: each server's figures, then the limits. */
export function shown(measured: Measured): string {
  const { row, samples, missing } = measured
  const lines = [`${row.title} (${row.name}, ${row.unit})`]
  for (const server of samples.keys()) {
    const value = medianOf(measured, server, 'value')
    const rate = medianOf(measured, server, 'rate')
    const peak = medianOf(measured, server, 'peak')
    const values = samples.get(server)?.map((sample) => sample.value) ?? []
    lines.push(
      `  ${server.padEnd(12)}${(value ?? 0).toFixed(2).padStart(9)}` +
        `  [${Math.min(...values).toFixed(2)} … ${Math.max(...values).toFixed(2)}]` +
        (rate === undefined ? '' : `  ${Math.round(rate)} a second`) +
        (peak === undefined ? '' : `  ${peak.toFixed(0)} MiB`),
    )
  }
  for (const [server, why] of missing) lines.push(`  ${server.padEnd(12)}  not measured: ${why}`)
  for (const limit of row.limits) {
    const { value, verdict } = held(measured, limit)
    if (value === undefined) continue
    const sign = limit.kind === 'times' ? '≥' : '≤'
    lines.push(
      `  → ${limit.what.padEnd(24)}${value.toFixed(2).padStart(8)}   floor ${sign} ${limit.floor}, goal ${sign} ${limit.goal}: ${verdictWords[verdict]}`,
    )
  }
  return lines.join('\n')
}

const verdictWords = {
  goal: 'goal reached',
  floor: 'floor kept',
  missed: 'MISSED',
  'not measured': 'not measured',
}

/** Everything, for a program to read. */
export function asJson(all: readonly Measured[], about: Record<string, unknown>): string {
  const rows = all.map((measured) => ({
    name: measured.row.name,
    title: measured.row.title,
    unit: measured.row.unit,
    servers: Object.fromEntries(
      [...measured.samples].map(([server, samples]) => [
        server,
        {
          median: medianOf(measured, server, 'value'),
          rate: medianOf(measured, server, 'rate'),
          peakMiB: medianOf(measured, server, 'peak'),
          samples: samples.map((sample) => sample.value),
        },
      ]),
    ),
    missing: Object.fromEntries(measured.missing),
    limits: measured.row.limits.map((limit) => ({ ...limit, ...held(measured, limit), limit: undefined })),
  }))
  return `${JSON.stringify({ ...about, rows }, null, 2)}\n`
}
