/** What the traffic page remembers with the program, so that every window has it: saved filters and secret fields. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import * as z from 'zod'
import type { Preferences } from '../../../contract/program.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'
import { alwaysSecret } from './field-difference.ts'

/** A filter with a name. */
export interface SavedFilter {
  readonly name: string
  readonly text: string
}

const filtersSchema = z.array(z.object({ name: z.string(), text: z.string() }))
const namesSchema = z.array(z.string())
const filtersName = 'traffic.filters'
const secretsName = 'traffic.secrets'

/** Secret unless somebody says otherwise, besides those that always are. */
export const usualSecrets = ['x-api-key', 'x-auth-token', 'x-csrf-token']

export const useTrafficPreferences = defineStore('traffic-preferences', () => {
  const host = useHost()
  const preferences = shallowRef<Preferences>({})
  host.watch('preferences.watch', (now) => (preferences.value = now))

  const savedFilters = computed<readonly SavedFilter[]>(
    () => filtersSchema.safeParse(preferences.value[filtersName]).data ?? [],
  )
  /** Names somebody chose, lower case. */
  const chosenSecrets = computed<readonly string[]>(
    () => namesSchema.safeParse(preferences.value[secretsName]).data ?? usualSecrets,
  )
  const secretNames = computed(() => new Set([...alwaysSecret, ...chosenSecrets.value]))

  async function set(name: string, value: unknown): Promise<void> {
    await ask('remember that', () => host.call('preferences.set', { name, value }))
  }

  return {
    savedFilters,
    chosenSecrets,
    secretNames,
    saveFilter: (filter: SavedFilter) =>
      set(filtersName, [...savedFilters.value.filter(({ name }) => name !== filter.name), filter]),
    dropFilter: (name: string) =>
      set(
        filtersName,
        savedFilters.value.filter((one) => one.name !== name),
      ),
    setSecrets: (names: readonly string[]) =>
      set(secretsName, [...new Set(names.map((name) => name.trim().toLowerCase()).filter(Boolean))]),
  }
})
