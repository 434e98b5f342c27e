/** What only the host can say of nginx text: how an import reads, what an export is. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Problem } from '../../../base/problem.ts'
import type { Config } from '../../../config/model.ts'
import type { ImportResult } from '../../../contract/configuration.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'
import type { ChosenFile } from './chosen.ts'

/** An exported text. */
export interface Exported {
  readonly text: string
  readonly notes: readonly Problem[]
}

export const useImport = defineStore('import', () => {
  const host = useHost()

  function read(files: readonly ChosenFile[], main: string): Promise<ImportResult | undefined> {
    return ask('read the files', () => host.call('nginx.import', { files: [...files], main }))
  }

  /** The text of a configuration with what is to be said of it; `local`: as it runs on this machine. */
  function text(config: Config, local: boolean): Promise<Exported | undefined> {
    return ask('export', () => host.call('nginx.export', { config, local }))
  }

  /** What was last brought in by this window. */
  const imported = shallowRef<{ readonly name: string; readonly config: Config }>()

  return { read, text, imported }
})
