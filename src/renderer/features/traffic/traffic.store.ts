/**
 * The rows of the traffic table: what the stream brings is added once a frame, the oldest go when there
 * are more than the host keeps. A filter looks at new rows only.
 */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { WrittenRequest } from '../../../contract/traffic.ts'
import type { ExchangeBodies } from '../../../status/exchange-body.ts'
import type { ExchangeDetail, ExchangeRecord } from '../../../status/exchange-record.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'
import { useToasts } from '../../ui/toasts.ts'
import { BodySearch } from './body-search.ts'
import { sorted, type Sorting } from './columns.ts'
import { parseFilter, type Filter } from './filter.ts'
import { grow, type Grown } from './row-list.ts'

/** As many as the host keeps. */
export const longest = 10_000
// From so many rows in one batch on (a tenth of a second) nobody reads single rows: they come four times a second,
// which costs half.
const busyRecords = 100
const busyMs = 250
// Sorted rows are put in order again so often: rows that jump about cannot be read.
const sortMs = 1000

export const useTraffic = defineStore('traffic', () => {
  const host = useHost()
  const toasts = useToasts()
  const rows = shallowRef<readonly ExchangeRecord[]>([])
  /** Those that fit the filter, as they came. */
  const fitting = shallowRef<readonly ExchangeRecord[]>([])
  /** Those in the order they are shown in. */
  const shown = shallowRef<readonly ExchangeRecord[]>([])
  const dropped = ref(0)
  const paused = ref(false)
  /** How many came since the pause began. */
  const missed = ref(0)
  const filterText = ref('')
  const filter = shallowRef<Filter>(parseFilter(''))
  const sorting = shallowRef<Sorting>()
  const selectedId = ref<number>()
  const detail = shallowRef<ExchangeDetail | null>()
  const bodies = shallowRef<ExchangeBodies | null>()
  /** Rows somebody picked out, for what is done with several. */
  const marked = shallowRef<ReadonlySet<number>>(new Set())
  /** What the rows are filtered by: the last filter that was understood. */
  let matches: ((record: ExchangeRecord) => boolean) | undefined
  let pending: ExchangeRecord[] = []
  let planned = false
  let busy = false
  let flushedAt = 0
  let sortPlanned = false
  const running = new Set<number>()
  const search = new BodySearch(
    (text, from) => host.call('traffic.find', { text, from }).then(({ ids }) => ids),
    refilter,
  )

  host.watch('traffic.watch', (batch) => {
    if (batch.reset) {
      pending = []
      running.clear()
      rows.value = []
      fitting.value = []
      shown.value = []
      dropped.value = 0
      missed.value = 0
      // What a beginning leaves out is only older; what follows leaves out what is too much to read.
    } else dropped.value += batch.dropped
    for (const record of batch.records) pending.push(record)
    if (pending.length > longest) pending = pending.slice(-longest)
    busy = !batch.reset && batch.records.length >= busyRecords
    if (paused.value) missed.value += batch.records.length
    else plan()
  })

  function plan(): void {
    if (planned || pending.length === 0) return
    planned = true
    const wait = busy ? flushedAt + busyMs - Date.now() : 0
    if (wait > 0) setTimeout(inNextFrame, wait)
    else inNextFrame()
  }

  function inNextFrame(): void {
    requestAnimationFrame(() => {
      planned = false
      if (!paused.value) flush()
    })
  }

  function flush(): void {
    const fresh = pending
    pending = []
    flushedAt = Date.now()
    const grown = grow(rows.value, fresh, running, longest)
    rows.value = grown.rows
    const selected = selectedId.value
    if (selected !== undefined && grown.replaced.has(selected)) select(selected)
    if (!matches) fitting.value = rows.value
    else if (grown.replaced.size > 0) fitting.value = rows.value.filter(matches)
    else addFitting(grown, matches)
    search.came(grown.added)
    if (!sorting.value) shown.value = fitting.value
    else planSort()
  }

  // Both lists have one order: what made room stands at the beginning of both.
  function addFitting({ added, gone }: Grown, fits: (record: ExchangeRecord) => boolean): void {
    const found = added.filter((row) => fits(row) && !gone.has(row))
    let stale = 0
    for (const row of fitting.value) {
      if (!gone.has(row)) break
      stale++
    }
    if (found.length > 0 || stale > 0) fitting.value = fitting.value.slice(stale).concat(found)
  }

  function refilter(): void {
    fitting.value = matches ? rows.value.filter(matches) : rows.value
    order()
  }

  function order(): void {
    shown.value = sorting.value ? sorted(fitting.value, sorting.value) : fitting.value
  }

  function planSort(): void {
    if (sortPlanned) return
    sortPlanned = true
    setTimeout(() => {
      sortPlanned = false
      order()
    }, sortMs)
  }

  function setFilter(text: string): void {
    filterText.value = text
    const now = parseFilter(text, (wanted, id) => search.holds(wanted, id))
    filter.value = now
    if ('problem' in now) return
    matches = now.empty ? undefined : now.matches
    search.want(now.bodyTexts)
    refilter()
  }

  function setSorting(now: Sorting | undefined): void {
    sorting.value = now
    order()
  }

  function setPaused(on: boolean): void {
    paused.value = on
    missed.value = 0
    if (!on) plan()
  }

  async function clear(): Promise<void> {
    select(undefined)
    marked.value = new Set()
    await ask('clear the traffic', () => host.call('traffic.clear'))
  }

  /** Shows one exchange; its detail is fetched, `null` when the host has it no more. */
  function select(id: number | undefined): void {
    if (id !== selectedId.value) {
      detail.value = undefined
      bodies.value = undefined
    }
    selectedId.value = id
    if (id === undefined) return
    void ask('fetch the details', () =>
      Promise.all([host.call('traffic.get', { id }), host.call('traffic.bodies', { id })]),
    ).then((found) => {
      if (selectedId.value !== id) return
      detail.value = found?.[0] ?? null
      bodies.value = found?.[1] ?? null
    })
  }

  const selected = computed(() =>
    selectedId.value === undefined
      ? undefined
      : (detail.value?.record ?? rows.value.find((row) => row.id === selectedId.value)),
  )

  function mark(ids: Iterable<number>): void {
    marked.value = new Set(ids)
  }

  function toggleMark(id: number): void {
    const now = new Set(marked.value)
    if (!now.delete(id)) now.add(id)
    marked.value = now
  }

  /** Everything known of several exchanges, those that are gone left out. */
  async function details(ids: readonly number[]): Promise<readonly ExchangeDetail[]> {
    const found: ExchangeDetail[] = []
    // As many as the contract takes at once.
    for (let at = 0; at < ids.length; at += 500)
      found.push(...(await host.call('traffic.details', { ids: ids.slice(at, at + 500) })))
    return found
  }

  /** Sends a request again, as it was or as it was written, and shows what becomes of it. */
  async function replay(id: number, request?: WrittenRequest): Promise<boolean> {
    const sent = await ask('send the request', () => host.call('traffic.replay', { id, request }))
    if (!sent) return false
    toasts.say(`Sent again as request ${sent.id}.`)
    select(sent.id)
    return true
  }

  async function keepReply(record: ExchangeRecord): Promise<void> {
    const kept = await ask('keep the reply', () => host.call('traffic.keepReply', { id: record.id }))
    if (kept?.outcome !== 'applied') return
    toasts.say(`Kept. ${record.method} ${record.target} gets this answer while its upstream gives none.`, {
      action: { label: 'Undo', run: () => void dropReply(record) },
    })
  }

  async function dropReply({
    host: name,
    method,
    target,
  }: Pick<ExchangeRecord, 'host' | 'method' | 'target'>): Promise<void> {
    await ask('remove the reply', () => host.call('traffic.dropReply', { host: name, method, target }))
  }

  return {
    rows,
    shown,
    dropped,
    paused,
    missed,
    filterText,
    filter,
    sorting,
    selectedId,
    selected,
    detail,
    bodies,
    marked,
    setFilter,
    setSorting,
    setPaused,
    clear,
    select,
    mark,
    toggleMark,
    details,
    replay,
    keepReply,
    dropReply,
  }
})
