/**
 * The rows of the traffic table: what the stream brings is added once a frame, the oldest go when there
 * are more than the host keeps. A filter looks at new rows only.
 */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { ExchangeDetail, ExchangeRecord } from '../../../status/exchange-record.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'
import { parseFilter } from './filter.ts'

/** As many as the host keeps. */
export const longest = 10_000

export const useTraffic = defineStore('traffic', () => {
  const host = useHost()
  const rows = shallowRef<readonly ExchangeRecord[]>([])
  const shown = shallowRef<readonly ExchangeRecord[]>([])
  const dropped = ref(0)
  const paused = ref(false)
  /** How many came since the pause began. */
  const missed = ref(0)
  const filterText = ref('')
  const selectedId = ref<number>()
  const detail = shallowRef<ExchangeDetail | null>()
  const filter = computed(() => parseFilter(filterText.value))
  /** What the rows are filtered by: the last filter that was understood. */
  let matches: ((record: ExchangeRecord) => boolean) | undefined
  let pending: ExchangeRecord[] = []
  let planned = false

  host.watch('traffic.watch', (batch) => {
    if (batch.reset) {
      pending = []
      rows.value = []
      shown.value = []
      dropped.value = 0
      missed.value = 0
      // What a beginning leaves out is only older; what follows leaves out what is too much to read.
    } else dropped.value += batch.dropped
    for (const record of batch.records) pending.push(record)
    if (pending.length > longest) pending = pending.slice(-longest)
    if (paused.value) missed.value += batch.records.length
    else plan()
  })

  function plan(): void {
    if (planned || pending.length === 0) return
    planned = true
    requestAnimationFrame(() => {
      planned = false
      if (!paused.value) flush()
    })
  }

  function flush(): void {
    const fresh = pending
    pending = []
    const all = rows.value.concat(fresh)
    const excess = Math.max(0, all.length - longest)
    rows.value = excess > 0 ? all.slice(excess) : all
    if (!matches) {
      shown.value = rows.value
      return
    }
    const first = rows.value[0]?.id ?? 0
    const kept =
      (shown.value[0]?.id ?? first) < first ? shown.value.filter((row) => row.id >= first) : shown.value
    const found = fresh.filter(matches)
    if (found.length > 0 || kept !== shown.value) shown.value = kept.concat(found)
  }

  function setFilter(text: string): void {
    filterText.value = text
    const now = filter.value
    if ('problem' in now) return
    matches = now.empty ? undefined : now.matches
    shown.value = matches ? rows.value.filter(matches) : rows.value
  }

  function setPaused(on: boolean): void {
    paused.value = on
    missed.value = 0
    if (!on) plan()
  }

  async function clear(): Promise<void> {
    select(undefined)
    await ask('clear the traffic', () => host.call('traffic.clear'))
  }

  /** Shows one exchange; its detail is fetched, `null` when the host has it no more. */
  function select(id: number | undefined): void {
    selectedId.value = id
    detail.value = undefined
    if (id === undefined) return
    void ask('fetch the details', () => host.call('traffic.get', { id })).then((found) => {
      if (selectedId.value === id) detail.value = found ?? null
    })
  }

  const selected = computed(() =>
    selectedId.value === undefined
      ? undefined
      : (detail.value?.record ?? rows.value.find((row) => row.id === selectedId.value)),
  )

  return {
    rows,
    shown,
    dropped,
    paused,
    missed,
    filterText,
    filter,
    selectedId,
    selected,
    detail,
    setFilter,
    setPaused,
    clear,
    select,
  }
})
