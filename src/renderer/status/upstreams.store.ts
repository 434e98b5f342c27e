/** The peers of every upstream, as they stand. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { UpstreamStatus } from '../../status/peer-status.ts'
import type { ActiveCheck } from '../../config/local.ts'
import type { PeerSteer, SteerResult } from '../../contract/zones.ts'
import { ask } from '../host/ask.ts'
import { useHost } from '../host/host.ts'
import { useToasts } from '../ui/toasts.ts'

/** Of two minutes: as many as a small line shows. */
const longest = 120

export const useUpstreams = defineStore('upstreams', () => {
  const host = useHost()
  const upstreams = shallowRef<readonly UpstreamStatus[]>([])
  const toasts = useToasts()
  /** p95 of each peer as it was told since this window opened, by `latencyKey`. */
  const latency = shallowRef<ReadonlyMap<string, readonly number[]>>(new Map())

  host.watch('upstreams.watch', (now) => {
    upstreams.value = now
    const lines = new Map<string, readonly number[]>()
    for (const { name, peers } of now)
      for (const { address, p95 } of peers) {
        const key = latencyKey(name, address)
        const before = latency.value.get(key) ?? []
        lines.set(key, p95 === undefined ? before : [...before, p95].slice(-longest))
      }
    latency.value = lines
  })
  const byName = computed(() => new Map(upstreams.value.map((upstream) => [upstream.name, upstream])))
  /** Takes effect from the next request on, without an apply; the stream shows it. */
  async function steer(change: PeerSteer): Promise<SteerResult | undefined> {
    const result = await ask('steer the peer', () => host.call('upstreams.steer', change))
    if (result?.kept?.outcome === 'invalid')
      toasts.say(`Not kept: ${result.kept.problems[0]?.message ?? 'the configuration is refused'}`, {
        tone: 'problem',
      })
    return result
  }

  /** Sets an upstream's active check, or takes it away; at once, without a draft. */
  async function setCheck(upstream: string, check: ActiveCheck | null): Promise<void> {
    const result = await ask('set the check', () => host.call('upstreams.check', { upstream, check }))
    if (result?.outcome === 'applied')
      toasts.say(
        check
          ? `The peers of ${upstream} are checked.`
          : `The peers of ${upstream} are not checked any more.`,
      )
    else if (result?.outcome === 'invalid')
      toasts.say(result.problems[0]?.message ?? 'The check is refused.', { tone: 'problem' })
  }

  return { upstreams, byName, latency, steer, setCheck }
})

/** One peer of one upstream. */
export function latencyKey(upstream: string, address: string): string {
  return `${upstream} ${address}`
}
