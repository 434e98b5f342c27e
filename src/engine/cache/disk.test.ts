import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  FileAside,
  isOwnAside,
  openStored,
  readBody,
  removeFile,
  writeStored,
  writeValidity,
} from './disk.ts'
import type { StoredHead } from './stored.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const body = Buffer.from('the body')
const head: StoredHead = {
  key: '/a',
  host: 'a.test',
  status: 200,
  vary: '',
  variant: '',
  etag: '',
  lastModified: -1,
  // Longer than what is read at first.
  text: `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(9000)}\r\n\r\n`,
  bodyLength: body.length,
  freshUntil: 100,
  storedAt: 50,
  staleWhileRevalidate: 0,
  staleIfError: 0,
}

test('a response is written in folders that are made for it, and read again', () => {
  const path = join(folder, '5/bf/file')
  const size = writeStored(path, head, body)
  const opened = openStored(path)
  if (typeof opened === 'string') throw new Error(opened)
  expect([opened.size, opened.head, readBody(opened)]).toEqual([size, head, body])
  opened.close()
  expect(readdirSync(join(folder, '5/bf'))).toEqual(['file'])
})

test('what is not there is absent, what is cut or foreign is torn, and what cannot be read throws', () => {
  const path = join(folder, 'file')
  expect([openStored(path), openStored(`${path}/below`)]).toEqual(['absent', 'absent'])
  const size = writeStored(path, head, body)
  for (const shorter of [size - 1, 100, 0]) {
    truncateSync(path, shorter)
    expect(openStored(path)).toBe('torn')
  }
  writeFileSync(path, 'something else')
  expect([openStored(path), openStored(`${path}/below`)]).toEqual(['torn', 'absent'])
  mkdirSync(join(folder, 'folder'))
  expect(() => openStored(join(folder, 'folder'))).toThrow('EISDIR')
})

test('times are written into the file that was read, and not into another one', () => {
  const path = join(folder, 'file')
  writeStored(path, head, body)
  const later = { freshUntil: 900, storedAt: 800, staleWhileRevalidate: 1, staleIfError: 2 }
  const timesOf = (): number => {
    const opened = openStored(path)
    if (typeof opened === 'string') throw new Error(opened)
    opened.close()
    return opened.head.freshUntil
  }
  writeValidity(path, { ...head, storedAt: 51 }, later)
  expect(timesOf()).toBe(100)
  writeValidity(path, head, later)
  expect(timesOf()).toBe(900)
  expect(() => writeValidity(join(folder, 'none'), head, later)).toThrow('ENOENT')
})

test('a file aside is known as ours, takes its place when it is whole, and is gone when it is not wanted', () => {
  const path = join(folder, 'a'.repeat(32))
  const dropped = new FileAside(path)
  const moved = new FileAside(path)
  for (const { path: aside } of [dropped, moved]) {
    expect(basename(aside)).toMatch(/^a{32}\.\d{10}$/)
    expect(isOwnAside(basename(aside))).toBe(true)
  }
  expect([dropped.path === moved.path, isOwnAside(`${'a'.repeat(32)}.9999999999`)]).toEqual([false, false])
  moved.append(Buffer.from('xxxx whole'))
  moved.patch(Buffer.from('this'))
  moved.moveTo(path)
  dropped.append(Buffer.from('half'))
  dropped.drop()
  dropped.drop()
  expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['a'.repeat(32)], 'this whole'])
})

test('what cannot be written leaves nothing behind, and what is not there is removed as well', () => {
  mkdirSync(join(folder, 'taken/x'), { recursive: true })
  expect(() => writeStored(join(folder, 'taken'), head, body)).toThrow()
  expect(readdirSync(folder)).toEqual(['taken'])
  removeFile(join(folder, 'none'))
})
