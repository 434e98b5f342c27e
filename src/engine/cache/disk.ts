/**
 * The files of a cache. A file is written aside and renamed, so that its name never stands for half a
 * response; nothing here waits, as the pages of small files lie in memory.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { diskPath } from '../request/file-path.ts'
import { decodeHead, encodeHead, fixedSize, headSize, putValidity } from './format.ts'
import type { StoredHead, Validity } from './stored.ts'

/** A stored response whose file is open. */
export interface OpenedFile {
  readonly descriptor: number
  readonly path: string
  readonly size: number
  readonly head: StoredHead
  /** Where the body begins. */
  readonly bodyStart: number
  /** Closes it, where whoever opened it does not send it. */
  close(): void
}

// Nearly every head is shorter.
const firstRead = 4096

/** Opens; 'absent' where there is no file, 'torn' where it is damaged. Throws what else the system says. */
export function openStored(path: string): OpenedFile | 'absent' | 'torn' {
  let descriptor: number
  try {
    descriptor = openSync(diskPath(path), 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent'
    throw error
  }
  try {
    const { size } = fstatSync(descriptor)
    const bytes = readHead(descriptor, size)
    const head = decodeHead(bytes, size)
    if (head) {
      const close = (): void => closeSync(descriptor)
      return { descriptor, path, size, head, bodyStart: size - head.bodyLength, close }
    }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
  closeSync(descriptor)
  return 'torn'
}

function readHead(descriptor: number, size: number): Buffer {
  const first = readAt(descriptor, 0, Math.min(size, firstRead))
  const wanted = headSize(first) ?? 0
  return wanted <= first.length ? first : readAt(descriptor, 0, Math.min(size, wanted))
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position))
}

/** The whole body. */
export function readBody({ descriptor, bodyStart, head }: OpenedFile): Buffer {
  return readAt(descriptor, bodyStart, head.bodyLength)
}

// Programs that share a folder name their files differently.
const ownNumber = (process.pid % 100_000) * 100_000
let counter = 0

/** The end of the name of what this program writes aside (and not what one before it left). */
export function isOwnAside(name: string): boolean {
  return Math.floor(Number(name.slice(-10)) / 100_000) * 100_000 === ownNumber
}

/** A file that is being written beside the place it is for. */
export class FileAside {
  readonly path: string
  #descriptor: number
  /** Bytes written so far. */
  size = 0

  /** Throws the system's error. */
  constructor(path: string) {
    // As nginx names them: a dot and ten digits behind the name of the file.
    this.path = `${path}.${String(ownNumber + (++counter % 100_000)).padStart(10, '0')}`
    this.#descriptor = openAside(this.path)
  }

  append(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.size + done)
    this.size += bytes.length
  }

  /** Writes over the beginning. */
  patch(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, done)
  }

  /** It is whole: it takes the place of what was there. */
  moveTo(path: string): void {
    closeSync(this.#descriptor)
    this.#descriptor = -1
    renameSync(diskPath(this.path), diskPath(path))
  }

  /** It is of no use. */
  drop(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor)
    this.#descriptor = -1
    try {
      removeFile(this.path)
    } catch {
      // It stays until the next start, when the loader removes what was left aside.
    }
  }
}

function openAside(path: string): number {
  const disk = diskPath(path)
  try {
    return openSync(disk, 'w', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(diskPath(dirname(path)), { recursive: true, mode: 0o700 })
    return openSync(disk, 'w', 0o600)
  }
}

/** Writes a stored response at once and returns the bytes it takes. Throws the system's error and leaves nothing behind. */
export function writeStored(path: string, head: StoredHead, body: Buffer): number {
  const aside = new FileAside(path)
  try {
    aside.append(Buffer.concat([encodeHead(head), body]))
    aside.moveTo(path)
  } catch (error) {
    aside.drop()
    throw error
  }
  return aside.size
}

/** Writes other times into a file, if it is still the one that was read. Throws the system's error. */
export function writeValidity(path: string, known: StoredHead, validity: Validity): void {
  const descriptor = openSync(diskPath(path), 'r+')
  try {
    const { size } = fstatSync(descriptor)
    const head = decodeHead(readHead(descriptor, size), size)
    if (!head || head.text !== known.text || head.storedAt !== known.storedAt) return
    const fixed = readAt(descriptor, 0, fixedSize)
    putValidity(fixed, validity)
    writeSync(descriptor, fixed, 0, fixedSize, 0)
  } finally {
    closeSync(descriptor)
  }
}

/** Removes a file; one that is not there is as good. */
export function removeFile(path: string): void {
  try {
    unlinkSync(diskPath(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
