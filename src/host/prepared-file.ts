import { randomBytes } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { removeFile } from '../pki/private-file.ts'

/** A file that is written completely and safe from a power cut, but not yet in its place. */
export interface PreparedFile {
  /** Puts it there, in one step. */
  commit(): Promise<void>
  /** Forgets it. */
  abort(): Promise<void>
}

/** Whether a file of this name was prepared and never put into its place. */
export function isPreparedFile(name: string): boolean {
  return /\.[0-9a-f]{12}\.new$/.test(name)
}

/** Writes `text` beside `file`. A full disk is found out here, before anything was changed. */
export async function prepareFile(file: string, text: string): Promise<PreparedFile> {
  const aside = `${file}.${randomBytes(6).toString('hex')}.new`
  try {
    const handle = await open(aside, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    await removeFile(aside)
    throw error
  }
  return {
    async commit() {
      await rename(aside, file)
      // A rename is safe from a power cut only when its folder is written too. Windows cannot open a folder.
      if (process.platform === 'win32') return
      const folder = await open(dirname(file), 'r')
      try {
        await folder.sync()
      } finally {
        await folder.close()
      }
    },
    abort: async () => void (await removeFile(aside)),
  }
}
