/** What the verdicts of a cache come to. */
import type { CacheVerdict } from '../../../status/exchange-record.ts'

/** In the order they are drawn, the best at the bottom, each with its token. */
export const verdictColours: readonly (readonly [CacheVerdict, string])[] = [
  ['BYPASS', '--line-strong'],
  ['MISS', '--text-3'],
  ['EXPIRED', '--redirect'],
  ['UPDATING', '--info'],
  ['STALE', '--warning'],
  ['REVALIDATED', '--ok'],
  ['HIT', '--accent'],
]

/** Answered with what was stored. */
const served: readonly CacheVerdict[] = ['HIT', 'STALE', 'UPDATING', 'REVALIDATED']

type Counts = Readonly<Partial<Record<CacheVerdict, number>>>

/** The part answered with what was stored, 0 to 1; `undefined` before anybody asked. */
export function servedShare(counts: Counts): number | undefined {
  const all = verdictColours.reduce((sum, [verdict]) => sum + (counts[verdict] ?? 0), 0)
  return all === 0 ? undefined : served.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0) / all
}
