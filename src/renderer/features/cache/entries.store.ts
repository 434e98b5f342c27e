/** What one cache stores, a page at a time, and what is taken out of it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type {
  CacheEntryDetail,
  CacheEntryStatus,
  CachePage,
  CachePurge,
  CachePurged,
} from '../../../status/cache-zone-status.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'

/** Entries of one page: what one looks through before one filters instead. */
export const pageSize = 500

export type Freshness = 'all' | 'fresh' | 'stale'

export const useEntries = defineStore('cache-entries', () => {
  const host = useHost()
  const zone = ref('')
  const text = ref('')
  const freshness = ref<Freshness>('all')
  const offset = ref(0)
  const page = shallowRef<CachePage>()
  const chosen = shallowRef<CacheEntryStatus>()
  /** `null`: it is not there any more. */
  const detail = shallowRef<CacheEntryDetail | null>()
  let asked = 0

  const filter = computed(() => ({
    ...(text.value.trim() !== '' && { text: text.value.trim() }),
    ...(freshness.value !== 'all' && { fresh: freshness.value === 'fresh' }),
  }))

  /** Reads the page again; an answer that comes after a later question counts no more. */
  async function read(): Promise<void> {
    const mine = ++asked
    const from = { zone: zone.value, filter: filter.value, offset: offset.value, limit: pageSize }
    if (from.zone === '') return
    const found = await ask('list the cache', () => host.call('caches.list', from))
    if (mine !== asked || !found) return
    // What was on the last pages may be gone: then the page before them is the last.
    if (found.entries.length === 0 && found.total > 0 && offset.value > 0) {
      offset.value = Math.floor((found.total - 1) / pageSize) * pageSize
      return read()
    }
    page.value = found
  }

  async function show(name: string): Promise<void> {
    if (zone.value === name) return
    zone.value = name
    offset.value = 0
    page.value = undefined
    inspect(undefined)
    await read()
  }
  async function search(wanted: string, fresh: Freshness = freshness.value): Promise<void> {
    text.value = wanted
    freshness.value = fresh
    offset.value = 0
    await read()
  }
  async function turn(pages: number): Promise<void> {
    offset.value = Math.max(0, offset.value + pages * pageSize)
    await read()
  }

  function inspect(entry: CacheEntryStatus | undefined): void {
    chosen.value = entry
    detail.value = undefined
    if (!entry) return
    const from = { zone: zone.value, key: entry.key, variant: entry.variant }
    void ask('look at the stored response', () => host.call('caches.get', from)).then((found) => {
      if (chosen.value === entry) detail.value = found ?? null
    })
  }

  /** What went; `undefined` when it could not be done, which has then been said. */
  async function purge(what: CachePurge): Promise<CachePurged | undefined> {
    const done = await ask('purge', () => host.call('caches.purge', { zone: zone.value, what }))
    if (!done) return undefined
    if (chosen.value) inspect(chosen.value)
    await read()
    return done
  }

  return { zone, text, freshness, offset, page, chosen, detail, read, show, search, turn, inspect, purge }
})
