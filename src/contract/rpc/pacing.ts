/**
 * How fast a stream goes: no faster than its reader takes items. A few items are under way at a time; what
 * comes meanwhile is coalesced, within a bound, so that a stalled window costs the host next to nothing.
 */

/** What `latest` and `batch` streams do with an item that cannot be sent yet. */
export interface Pacing {
  push(item: unknown): void
  /** The reader has received one. */
  taken(): void
}

// One on its way and one being handled: the reader never waits for the next, and never has a queue.
const latestUnderWay = 2
// 4 batches of 100 ms: smooth over a hiccup of the page, too few to fill a memory.
const batchesUnderWay = 4
/** How many entries of a batch wait for a slow reader; a page keeps no more rows than that. */
export const longestWaiting = 10_000

/** Sends the newest state; what was overtaken is never sent. */
export function paceLatest(send: (item: unknown) => void): Pacing {
  let underWay = 0
  let waiting: { item: unknown } | undefined
  const flush = (): void => {
    if (!waiting || underWay >= latestUnderWay) return
    const { item } = waiting
    waiting = undefined
    underWay++
    send(item)
  }
  return {
    push(item) {
      waiting = { item }
      flush()
    },
    taken() {
      underWay = Math.max(0, underWay - 1)
      flush()
    },
  }
}

type BatchItem = { reset: boolean; dropped: number } & Record<string, unknown>

interface WaitingBatch {
  batch: BatchItem
  readonly entries: unknown[]
}

function dropOldest(waiting: WaitingBatch): void {
  const excess = waiting.entries.length - longestWaiting
  if (excess <= 0) return
  waiting.entries.splice(0, excess)
  waiting.batch = { ...waiting.batch, dropped: waiting.batch.dropped + excess }
}

/** Sends batches; those that have to wait become one, which loses its oldest entries at the bound and counts them. */
export function paceBatch(list: string, send: (item: unknown) => void): Pacing {
  let underWay = 0
  let waiting: WaitingBatch | undefined
  const flush = (): void => {
    if (!waiting || underWay >= batchesUnderWay) return
    dropOldest(waiting)
    const { batch, entries } = waiting
    waiting = undefined
    underWay++
    send({ ...batch, [list]: entries })
  }
  return {
    push(item) {
      const batch = item as BatchItem
      const entries = batch[list] as readonly unknown[]
      // After a reset the reader forgets what it has, so what it has not seen does not matter either.
      if (!waiting || batch.reset) waiting = { batch, entries: [...entries] }
      else {
        for (const entry of entries) waiting.entries.push(entry)
        waiting.batch = { ...waiting.batch, dropped: waiting.batch.dropped + batch.dropped }
        // Seldom, since moving thousands of entries for each that comes would cost more than they are worth.
        if (waiting.entries.length >= 2 * longestWaiting) dropOldest(waiting)
      }
      flush()
    },
    taken() {
      underWay = Math.max(0, underWay - 1)
      flush()
    },
  }
}
