/** The rows as records come: new ones at the end, an exchange that ends in the place it had while it ran. */
import type { ExchangeRecord } from '../../../status/exchange-record.ts'

export interface Grown {
  readonly rows: readonly ExchangeRecord[]
  /** Those of the records that are new rows. */
  readonly added: readonly ExchangeRecord[]
  /** Rows that were there and are different now. */
  readonly replaced: ReadonlyMap<number, ExchangeRecord>
  /** Rows that made room. */
  readonly gone: ReadonlySet<ExchangeRecord>
}

const nothing: ReadonlySet<ExchangeRecord> = new Set()

/** `running`: ids of the rows that had not ended; kept up to date. */
export function grow(
  rows: readonly ExchangeRecord[],
  records: readonly ExchangeRecord[],
  running: Set<number>,
  longest: number,
): Grown {
  const replaced = new Map<number, ExchangeRecord>()
  const added: ExchangeRecord[] = []
  const place = new Map<number, number>()
  for (const record of records) {
    const at = place.get(record.id)
    if (at !== undefined) added[at] = record
    else if (running.has(record.id)) replaced.set(record.id, record)
    else {
      if (record.running) place.set(record.id, added.length)
      added.push(record)
    }
    if (record.running) running.add(record.id)
    else if (running.size > 0) running.delete(record.id)
  }
  const kept = replaced.size > 0 ? rows.map((row) => replaced.get(row.id) ?? row) : rows
  const all = added.length > 0 ? kept.concat(added) : kept
  const excess = all.length - longest
  if (excess <= 0) return { rows: all, added, replaced, gone: nothing }
  const gone = new Set(all.slice(0, excess))
  for (const row of gone) running.delete(row.id)
  return { rows: all.slice(excess), added, replaced, gone }
}
