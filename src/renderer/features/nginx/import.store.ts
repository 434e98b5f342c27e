/** What only the host can say of nginx text: how an import reads, what an export is. */
import { defineStore } from 'pinia'
import type { Config } from '../../../config/model.ts'
import type { ImportResult } from '../../../contract/contract.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'
import type { ChosenFile } from './chosen.ts'

export const useImport = defineStore('import', () => {
  const host = useHost()

  function read(files: readonly ChosenFile[], main: string): Promise<ImportResult | undefined> {
    return ask('read the files', () => host.call('nginx.import', { files: [...files], main }))
  }

  /** The text of a configuration; `local`: as it runs on this machine. */
  async function text(config: Config, local: boolean): Promise<string | undefined> {
    return (await ask('export', () => host.call('nginx.export', { config, local })))?.text
  }

  return { read, text }
})
