/** What is kept of the traffic on this machine: bodies, and replies that stand in for upstreams. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { KeptReply } from '../../../config/kept-reply.ts'
import type { BodyRecord } from '../../../contract/traffic.ts'
import type { BodyRecording } from '../../../status/exchange-body.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'

export const useRecording = defineStore('recording-settings', () => {
  const host = useHost()
  const state = shallowRef<BodyRecording>()
  host.watch('traffic.recording', (now) => (state.value = now))

  async function record(change: BodyRecord): Promise<void> {
    await ask('change the recording', () => host.call('traffic.record', change))
  }
  async function clear(): Promise<void> {
    await ask('clear the traffic', () => host.call('traffic.clear'))
  }
  async function drop({ host: name, method, target }: KeptReply): Promise<void> {
    await ask('drop the reply', () => host.call('traffic.dropReply', { host: name, method, target }))
  }

  return { state, record, clear, drop }
})
