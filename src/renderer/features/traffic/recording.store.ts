/** Bodies and messages of exchanges: whether they are recorded, and what was. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { BodyRecord, FrameBatch } from '../../../contract/traffic.ts'
import type { BodyContent, BodyRecording, BodySide, ExchangeBodies } from '../../../status/exchange-body.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'

export const useRecording = defineStore('recording', () => {
  const host = useHost()
  const state = shallowRef<BodyRecording>()
  host.watch('traffic.recording', (now) => (state.value = now))

  async function set(change: BodyRecord): Promise<void> {
    await ask('change the recording', () => host.call('traffic.record', change))
  }

  /** What was recorded of an exchange; `null`: nothing. */
  function bodies(id: number): Promise<ExchangeBodies | null | undefined> {
    return ask('fetch the bodies', () => host.call('traffic.bodies', { id }))
  }

  function body(id: number, side: BodySide, decoded = true): Promise<BodyContent | null | undefined> {
    return ask('fetch the body', () => host.call('traffic.body', { id, side, decoded }))
  }

  /** Messages of an exchange as they come, until what is returned is called. */
  function watchFrames(id: number, onBatch: (batch: FrameBatch) => void): () => void {
    return host.watch('traffic.frames', onBatch, { id })
  }

  return { state, set, bodies, body, watchFrames }
})
