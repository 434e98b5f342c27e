/** nginx.conf files of this machine's disk, with those they include. */
import { readdirSync, readFileSync, type Dirent } from 'node:fs'
import { resolve } from 'node:path'
import { expandGlob, isGlob } from '../nginx/glob.ts'
import { load, type ReadFiles, type SourceFile } from '../nginx/includes.ts'

/** A main file that cannot be read; `message` is for a person. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError'
}

/** The main file, by its complete path. */
export function readMainFile(path: string): SourceFile {
  const name = resolve(path)
  try {
    return { name, text: readFileSync(name, 'utf8') }
  } catch (cause) {
    const message = `cannot read ${name}: ${failureOf(cause)}; check the path and your rights`
    throw new UnreadableFileError(message, { cause })
  }
}

/** What an `include` finds on the disk. */
export const fromDisk: ReadFiles = (pattern) => {
  if (!isGlob(pattern)) return readIncluded(pattern)
  return expandGlob(pattern, namesIn).flatMap(readIncluded)
}

/** The main file and every file it includes, as an import is given them. */
export function readAllFiles(path: string): readonly SourceFile[] {
  const main = readMainFile(path)
  const files = new Map([[main.name, main]])
  load(main, (pattern, from) => {
    const found = fromDisk(pattern, from)
    for (const file of found) if (file.failure === undefined) files.set(file.name, file)
    return found
  })
  return [...files.values()]
}

function readIncluded(name: string): SourceFile[] {
  try {
    return [{ name, text: readFileSync(name, 'utf8') }]
  } catch (error) {
    // What is not there is found to be missing by whoever asked.
    return codeOf(error) === 'ENOENT' ? [] : [{ name, text: '', failure: failureOf(error) }]
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true }).map(
      (entry: Dirent) => entry.name,
    )
  } catch {
    return [] // as glob(3): a folder that cannot be read holds nothing
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

const failures: Readonly<Record<string, string>> = {
  ENOENT: '2: No such file or directory',
  EACCES: '13: Permission denied',
  EISDIR: '21: Is a directory',
}

/** The system's number and words, as nginx prints them. */
function failureOf(error: unknown): string {
  const code = codeOf(error)
  return failures[String(code)] ?? (error instanceof Error ? error.message : String(error))
}
