/** What the program says of itself, and the revisions it keeps. */
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { Config } from '../../config/model.ts'
import type { About } from '../../contract/program.ts'
import type { RevisionSummary } from '../../contract/configuration.ts'
import { ask } from '../host/ask.ts'
import { useHost } from '../host/host.ts'

export const useAbout = defineStore('about', () => {
  const host = useHost()
  const about = shallowRef<About>()
  const history = shallowRef<readonly RevisionSummary[]>([])

  // Asked again after every reconnect: it may be another version.
  watch(
    host.state,
    async (state) => {
      if (state === 'open') about.value = await ask('ask what this is', () => host.call('about.get'))
    },
    { immediate: true },
  )

  async function readHistory(): Promise<void> {
    history.value = (await ask('read the history', () => host.call('config.history'))) ?? history.value
  }
  async function revision(number: number): Promise<Config | undefined> {
    const found = await ask('read the revision', () => host.call('config.revision', { revision: number }))
    return found?.config
  }

  return { about, history, readHistory, revision }
})
