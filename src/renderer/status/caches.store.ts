/** The caches as they stand. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { CacheZoneStatus } from '../../status/cache-zone-status.ts'
import { useHost } from '../host/host.ts'

export const useCaches = defineStore('caches', () => {
  const host = useHost()
  const zones = shallowRef<readonly CacheZoneStatus[]>([])
  host.watch('caches.watch', (now) => (zones.value = now))
  const byName = computed(() => new Map(zones.value.map((zone) => [zone.name, zone])))
  /** Stored responses of all caches. */
  const entries = computed(() => zones.value.reduce((sum, zone) => sum + zone.entries, 0))

  return { zones, byName, entries }
})
