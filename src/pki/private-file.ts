import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** True when `error` is Node's for one of these system codes, e.g. `ENOENT`. */
export function isSystemError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** The file's text, undefined when there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}

/** False when there was no such file. */
export async function removeFile(file: string): Promise<boolean> {
  try {
    await unlink(file)
    return true
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false
    throw error
  }
}

/**
 * Writes `text` beside `file` and renames it into place: whoever reads sees the old file or the new
 * one, never half of one, even after a power cut.
 */
export async function writeAtomically(file: string, text: string, mode: number): Promise<void> {
  await withAside(file, text, mode, (aside) => rename(aside, file))
}

/**
 * The same, but the first writer wins: false when `file` was there already, or appeared meanwhile.
 * Two programs that start at once so agree on one file.
 */
export async function createAtomically(file: string, text: string, mode: number): Promise<boolean> {
  return withAside(file, text, mode, async (aside) => {
    try {
      await link(aside, file)
      return true
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) return false
      // FAT and some network file systems have no links: there the last writer wins, which is still whole.
      if (!isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error
      await rename(aside, file)
      return true
    }
  })
}

/** Renames `file` to `FILE.WHY-DATE`, and returns that name; nothing that was there before is overwritten. */
export async function setAside(file: string, why: string, nowMs: number): Promise<string> {
  const kept = await keepCopy(file, '', why, nowMs) // reserves the name
  await rename(file, kept)
  return kept
}

/** Keeps `text` as `FILE.WHY-DATE`, readable by its owner only, and returns that name. */
export async function keepCopy(file: string, text: string, why: string, nowMs: number): Promise<string> {
  const date = new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')
  for (let copy = 1; ; copy++) {
    const kept = `${file}.${why}-${date}Z${copy === 1 ? '' : `-${copy}`}`
    if (await createAtomically(kept, text, 0o600)) return kept
  }
}

/** Makes `folder` readable by its owner only; on Windows the profile folder's rights are inherited. */
export async function preparePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await makePrivate(folder, 0o700)
}

/** Takes every right away from `path` that `mode` does not give. */
export async function makePrivate(path: string, mode: number): Promise<void> {
  const open = (await stat(path)).mode & 0o777 & ~mode
  if (open !== 0 && process.platform !== 'win32') await chmod(path, mode)
}

async function withAside<T>(
  file: string,
  text: string,
  mode: number,
  put: (aside: string) => Promise<T>,
): Promise<T> {
  const aside = `${file}.${randomBytes(6).toString('hex')}.new`
  try {
    await writeSynced(aside, text, mode)
    const result = await put(aside)
    await syncFolder(dirname(file))
    return result
  } finally {
    // After a rename it is gone already; after a link it is the second name of the same file.
    await removeFile(aside)
  }
}

async function writeSynced(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

// A rename is safe from a power cut only when its folder is written too. Windows cannot open a folder.
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
