/** Opening files the way nginx does, without throwing: a missing file is an everyday answer. */
import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs'
import { diskPath } from './file-path.ts'

/** An open file; `path` is for the error log. */
export interface OpenFile {
  readonly kind: 'file'
  readonly descriptor: number
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds since 1970, whole seconds. */
  readonly mtimeMs: number
}

/** What the system said, and to which call. */
export interface FileFailure {
  readonly kind: 'failed'
  readonly call: 'open()' | 'fstat()' | 'stat()'
  readonly error: NodeJS.ErrnoException
}

/** Opens for reading; folders and devices are not kept open (ngx_open_cached_file without a cache). */
export function openFile(path: string): OpenFile | FileFailure | { readonly kind: 'folder' | 'other' } {
  let descriptor: number
  try {
    // O_NONBLOCK: opening a pipe nobody writes to must not stop everything.
    descriptor = openSync(diskPath(path), constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return { kind: 'failed', call: 'open()', error: error as NodeJS.ErrnoException }
  }
  let stats: Stats
  try {
    stats = fstatSync(descriptor)
  } catch (error) {
    closeSync(descriptor)
    return { kind: 'failed', call: 'fstat()', error: error as NodeJS.ErrnoException }
  }
  if (stats.isFile()) {
    const mtimeMs = Math.floor(stats.mtimeMs / 1000) * 1000
    return { kind: 'file', descriptor, path, size: stats.size, mtimeMs }
  }
  closeSync(descriptor)
  return { kind: stats.isDirectory() ? 'folder' : 'other' }
}

/**
 * What is at a path, followed through symbolic links. Without `exactly`, a path through something that is no
 * folder counts as a missing one: telling them apart costs an exception.
 */
export function lookAt(path: string, exactly = false): Stats | FileFailure {
  try {
    return (
      statSync(diskPath(path), { throwIfNoEntry: exactly }) ?? {
        kind: 'failed',
        call: 'stat()',
        error: noEntry,
      }
    )
  } catch (error) {
    return { kind: 'failed', call: 'stat()', error: error as NodeJS.ErrnoException }
  }
}

// One for all: making an error costs more than asking for a file that is not there.
const noEntry: NodeJS.ErrnoException = Object.assign(new Error('no such file or directory'), {
  code: 'ENOENT',
})
