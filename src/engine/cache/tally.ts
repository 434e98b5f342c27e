/** What became of the exchanges of the last minutes at one cache, and why: counted as they end, added up when somebody looks. */
import type { MissReason, StoreReason } from '../../status/cache-status.ts'
import type { ReasonCount, RecentVerdicts } from '../../status/cache-zone-status.ts'
import type { CacheVerdict } from '../../status/exchange-record.ts'

/** How far back is looked. */
export const tallyMinutes = 15

type Counts<K extends string> = Map<K, number>

class Minute {
  /** Minutes since 1970. */
  at = -1
  readonly verdicts: Counts<CacheVerdict> = new Map()
  readonly missed: Counts<MissReason> = new Map()
  readonly notStored: Counts<StoreReason> = new Map()

  begin(at: number): void {
    this.at = at
    this.verdicts.clear()
    this.missed.clear()
    this.notStored.clear()
  }
}

export class CacheTally {
  readonly #ring = Array.from({ length: tallyMinutes }, () => new Minute())
  readonly #total: Counts<CacheVerdict> = new Map()

  /** One exchange is through. `nowMs`: milliseconds since 1970. */
  count(
    nowMs: number,
    verdict: CacheVerdict | undefined,
    missed: MissReason | undefined,
    notStored: StoreReason | undefined,
  ): void {
    const minute = this.#minute(Math.floor(nowMs / 60_000))
    if (verdict !== undefined) {
      add(minute.verdicts, verdict)
      add(this.#total, verdict)
    }
    if (missed !== undefined) add(minute.missed, missed)
    if (notStored !== undefined) add(minute.notStored, notStored)
  }

  #minute(at: number): Minute {
    const minute = this.#ring[at % tallyMinutes] as Minute // the ring is as long
    if (minute.at !== at) minute.begin(at)
    return minute
  }

  /** Since the cache began. */
  get total(): Partial<Record<CacheVerdict, number>> {
    return Object.fromEntries(this.#total)
  }

  recent(nowMs: number): RecentVerdicts {
    const last = Math.floor(nowMs / 60_000)
    const minutes = Array.from({ length: tallyMinutes }, (_, i) => {
      const at = last - tallyMinutes + 1 + i
      const minute = this.#ring[at % tallyMinutes]
      return { at: at * 60_000, minute: minute?.at === at ? minute : undefined }
    })
    const seen = minutes.flatMap(({ minute }) => minute ?? [])
    return {
      minutes: tallyMinutes,
      columns: minutes.map(({ at, minute }) => ({
        at,
        verdicts: Object.fromEntries(minute?.verdicts ?? []),
      })),
      verdicts: Object.fromEntries(sum(seen.map(({ verdicts }) => verdicts))),
      missed: ranking(sum(seen.map(({ missed }) => missed))),
      notStored: ranking(sum(seen.map(({ notStored }) => notStored))),
    }
  }
}

function add<K extends string>(counts: Counts<K>, key: K, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

function sum<K extends string>(all: readonly Counts<K>[]): Counts<K> {
  const total: Counts<K> = new Map()
  for (const counts of all) for (const [key, count] of counts) add(total, key, count)
  return total
}

function ranking<K extends string>(counts: Counts<K>): ReasonCount<K>[] {
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count)
}
