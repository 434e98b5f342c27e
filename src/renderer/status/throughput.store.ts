/** Traffic as numbers: what the frame's sparkline, the routes' rates and the overview's charts show. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { pathKey, type ConfigPath } from '../../config/path.ts'
import type { RouteCount, Throughput } from '../../status/throughput.ts'
import { routeTotals } from './route-totals.ts'
import { useHost } from '../host/host.ts'

const none: Throughput = { seconds: [], routes: [], connections: 0, totalRequests: 0 }

export const useThroughput = defineStore('throughput', () => {
  const host = useHost()
  const current = shallowRef<Throughput>(none)
  host.watch('throughput.watch', (now) => (current.value = now))

  const seconds = computed(() => current.value.seconds)
  const routes = computed(() => routeTotals(current.value.routes))
  /** Requests a second, over the last three whole seconds: calm, and soon true. */
  const rate = computed(() => {
    const last = seconds.value.slice(-3)
    return last.length === 0 ? 0 : last.reduce((sum, second) => sum + second.requests, 0) / last.length
  })

  function ofRoute(path: ConfigPath): RouteCount | undefined {
    return routes.value.get(pathKey(path))
  }

  return { current, seconds, routes, rate, ofRoute }
})
