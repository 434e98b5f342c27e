/** The error log: the last lines, and how many errors came since somebody looked. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { LogEntry } from '../../status/log-entry.ts'
import { useHost } from '../host/host.ts'
import { isLoud } from './severity.ts'

// As many as the host keeps.
const longest = 5000

export const useLog = defineStore('log', () => {
  const host = useHost()
  const entries = shallowRef<readonly LogEntry[]>([])
  const seenUpTo = ref(0)

  host.watch('log.watch', (batch) => {
    const kept = batch.reset ? [] : entries.value
    entries.value = [...kept, ...batch.entries].slice(-longest)
  })

  /** Errors nobody has looked at. */
  const unseen = computed(
    () => entries.value.filter((entry) => entry.id > seenUpTo.value && isLoud(entry.severity)).length,
  )
  function see(): void {
    seenUpTo.value = entries.value.at(-1)?.id ?? seenUpTo.value
  }

  return { entries, unseen, see }
})
