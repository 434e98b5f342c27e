/** The engine as a whole: whether it runs, where it listens, how to start and stop it. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { ProxyState } from '../../contract/program.ts'
import { ask } from '../host/ask.ts'
import { useHost } from '../host/host.ts'

export const useProxy = defineStore('proxy', () => {
  const host = useHost()
  const status = shallowRef<ProxyState>()
  host.watch('proxy.watch', (now) => (status.value = now))

  const state = computed(() => status.value?.state ?? 'stopped')
  const listeners = computed(() => status.value?.listeners ?? [])
  const busy = computed(() => state.value === 'starting' || state.value === 'stopping')

  async function start(): Promise<void> {
    await ask('start', () => host.call('proxy.start'))
  }
  async function stop(): Promise<void> {
    await ask('stop', () => host.call('proxy.stop'))
  }

  return { status, state, listeners, busy, start, stop }
})
