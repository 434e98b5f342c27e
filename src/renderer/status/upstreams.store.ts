/** The peers of every upstream, as they stand. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { UpstreamStatus } from '../../status/peer-status.ts'
import { useHost } from '../host/host.ts'

export const useUpstreams = defineStore('upstreams', () => {
  const host = useHost()
  const upstreams = shallowRef<readonly UpstreamStatus[]>([])
  host.watch('upstreams.watch', (now) => (upstreams.value = now))
  const byName = computed(() => new Map(upstreams.value.map((upstream) => [upstream.name, upstream])))
  return { upstreams, byName }
})
