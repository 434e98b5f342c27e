/** The zones of limits as they stand. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { LimitZoneStatus } from '../../status/limit-zone-status.ts'
import { ask } from '../host/ask.ts'
import { useHost } from '../host/host.ts'

export const useLimits = defineStore('limits', () => {
  const host = useHost()
  const zones = shallowRef<readonly LimitZoneStatus[]>([])
  host.watch('limits.watch', (now) => (zones.value = now))
  /** Requests rejected in the last minute. */
  const rejected = computed(() => zones.value.reduce((sum, zone) => sum + zone.lastMinute.rejected, 0))

  /** Forgets a key: whether the host did. */
  async function reset(zone: string, key: string): Promise<boolean> {
    const done = await ask('reset the key', async () => {
      await host.call('limits.reset', { zone, key })
      return true
    })
    return done === true
  }

  return { zones, rejected, reset }
})
