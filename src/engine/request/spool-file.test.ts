import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileProblem, SpoolFile } from './spool-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function readAll(spool: SpoolFile, step: number): string {
  let text = ''
  for (let at = 0; at < spool.size;) {
    const buffer = Buffer.alloc(step)
    const size = spool.read(buffer, at)
    text += buffer.toString('latin1', 0, size)
    at += size
  }
  return text
}

test('what is written piece by piece is read in pieces of another size, also while more is written', () => {
  const spool = new SpoolFile(join(folder, 'made', 'when absent'))
  const piece = Buffer.from('0123456789')
  spool.append(piece, 0, 4)
  expect(readAll(spool, 3)).toBe('0123')
  spool.append(piece, 4, 10)
  expect([spool.size, readAll(spool, 7)]).toEqual([10, '0123456789'])
  spool.remove()
  expect(existsSync(spool.path)).toBe(false)
})

test('one that is closed lies there, and may be removed no more', () => {
  const spool = new SpoolFile(folder)
  spool.append(Buffer.from('kept'), 0, 4)
  spool.close()
  spool.remove()
  expect(readFileSync(spool.path, 'latin1')).toBe('kept')
})

test('a nameless one is in no folder, whatever becomes of the program', () => {
  const spool = new SpoolFile(folder, true)
  spool.append(Buffer.from('here'), 0, 4)
  expect([readdirSync(folder), readAll(spool, 10)]).toEqual([[], 'here'])
  spool.remove()
  spool.remove()
})

test('one that somebody has cut short cannot be read beyond that', () => {
  const spool = new SpoolFile(folder)
  spool.append(Buffer.from('0123456789'), 0, 10)
  truncateSync(spool.path, 4)
  let problem: unknown
  try {
    spool.read(Buffer.alloc(20), 2)
  } catch (error) {
    problem = fileProblem(error, spool)
  }
  expect(problem).toEqual({ severity: 'alert', told: `pread() read only 2 of 8 from "${spool.path}"` })
  spool.remove()
})

test('one that somebody has removed may be removed', () => {
  const spool = new SpoolFile(folder)
  rmSync(spool.path)
  expect(() => spool.remove()).not.toThrow()
})

test.each([
  [{ syscall: 'write', code: 'ENOSPC' }, 'pwrite() "PATH" failed (28: No space left on device)'],
  [{ syscall: 'open', code: 'EMFILE', path: '/x/1' }, 'open() "/x/1" failed (24: Too many open files)'],
  [{ syscall: 'mkdir', code: 'EACCES', path: '/x' }, 'mkdir() "/x" failed (13: Permission denied)'],
])('%j is told as nginx tells it', (error, told) => {
  const spool = new SpoolFile(folder)
  expect(fileProblem(Object.assign(new Error(), error), spool)).toEqual({
    severity: 'crit',
    told: told.replace('PATH', spool.path),
  })
  spool.remove()
})
