/** What was asked and answered, a line each: watched only while somebody looks. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { ExchangeRecord } from '../../../status/exchange-record.ts'
import { useHost } from '../../host/host.ts'

// As one can look through; the Traffic page has them all.
const longest = 2000

export const useAccess = defineStore('log-access', () => {
  const host = useHost()
  const lines = shallowRef<readonly ExchangeRecord[]>([])
  let stop: (() => void) | undefined

  function look(): void {
    stop ??= host.watch('traffic.watch', (batch) => {
      const kept = batch.reset ? [] : lines.value
      lines.value = [...kept, ...batch.records].slice(-longest)
    })
  }
  function leave(): void {
    stop?.()
    stop = undefined
    lines.value = []
  }

  return { lines, look, leave }
})
