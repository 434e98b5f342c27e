/** The peers of every upstream, as they stand. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { UpstreamStatus } from '../../status/peer-status.ts'
import type { PeerSteer } from '../../contract/contract.ts'
import { ask } from '../host/ask.ts'
import { useHost } from '../host/host.ts'

export const useUpstreams = defineStore('upstreams', () => {
  const host = useHost()
  const upstreams = shallowRef<readonly UpstreamStatus[]>([])
  host.watch('upstreams.watch', (now) => (upstreams.value = now))
  const byName = computed(() => new Map(upstreams.value.map((upstream) => [upstream.name, upstream])))
  /** Takes effect from the next request on, without an apply; the stream shows it. */
  async function steer(change: PeerSteer): Promise<void> {
    await ask('steer the peer', () => host.call('upstreams.steer', change))
  }

  return { upstreams, byName, steer }
})
