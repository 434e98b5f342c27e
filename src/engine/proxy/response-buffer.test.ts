import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { lend, streamBuffer } from '../listen/transport.ts'
import type { Exchange } from '../request/exchange.ts'
import { SpoolFile } from '../request/spool-file.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { freshTurn } from '../testing/fresh-turn.ts'
import { ResponseBuffer } from './response-buffer.ts'

const folders: string[] = []

async function turns(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve))
}

beforeEach(freshTurn)
afterEach(() => {
  vi.restoreAllMocks()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A client that takes as many pieces as it is told, and a buffer of 10 bytes of memory and 100 of file before it. */
function stage(memory = 10, file = 100) {
  const tempFolder = mkdtempSync(path.join(os.tmpdir(), 'response-buffer-'))
  folders.push(tempFolder)
  const clock = fakeClock()
  const told: string[] = []
  const removed = vi.spyOn(SpoolFile.prototype, 'remove')
  const seen = { text: '', ended: false, reading: true, room: 0 }
  const client = { onDrain: undefined as (() => void) | undefined }
  const x = {
    cycle: {
      clock,
      tempFolder,
      log: (_logs: unknown, severity: string, message: string) => void told.push(`${severity}: ${message}`),
    },
    head: { fields: { names: [] } },
    address: {},
    server: {},
    settings: {},
    attempts: [],
    client,
    finished: false,
    output: {
      write: (_x: unknown, buffer: Buffer, start: number, end: number) => {
        seen.text += buffer.toString('latin1', start, end)
        return seen.room-- > 0
      },
      flush: () => undefined,
      end: () => (seen.ended = true),
    },
  } as unknown as Exchange
  const buffer = new ResponseBuffer(x, memory, file, {
    pauseReading: () => (seen.reading = false),
    resumeReading: () => (seen.reading = true),
  })
  return {
    seen,
    clock,
    buffer,
    write(text: string): void {
      buffer.write(Buffer.from(text, 'latin1'), 0, text.length)
    },
    drain(pieces: number): void {
      seen.room = pieces
      const { onDrain } = client
      client.onDrain = undefined
      onDrain?.()
    },
    told,
    // They have no names: what was told of is counted, until it is removed.
    files: () => told.filter((line) => line.startsWith('warn: ')).length - removed.mock.calls.length,
  }
}

it('a client that is full for a moment costs no file: the upstream waits for it', () => {
  const { seen, buffer, write, drain, files } = stage()
  write('first ')
  write('second to fill the memory ')
  expect(seen.reading).toBe(false)
  drain(9)
  expect({ ...seen, files: files() }).toMatchObject({
    text: 'first second to fill the memory ',
    reading: true,
    files: 0,
  })
  buffer.finish()
  expect(seen.ended).toBe(true)
})

it('a client that stays full costs a file, and the upstream goes on', () => {
  const { seen, clock, buffer, write, drain, files } = stage()
  write('first ')
  write('second to fill the memory ')
  clock.advance(20)
  expect(seen.reading).toBe(true)
  write('third ')
  write('fourth')
  expect([seen.text, files()]).toEqual(['first ', 1])
  buffer.finish()
  drain(9)
  expect({ ...seen, files: files() }).toMatchObject({
    text: 'first second to fill the memory third fourth',
    ended: true,
    files: 0,
  })
})

it('where file and memory are full the upstream waits', () => {
  const { seen, clock, write } = stage(10, 5)
  write('first ')
  write('second to fill the memory ')
  clock.advance(20)
  write('third ')
  expect(seen.reading).toBe(false)
})

it('on a full disk the upstream waits, and what has come stays in order', () => {
  const { seen, clock, buffer, write, drain, told } = stage()
  write('first ')
  write('second to fill the memory ')
  clock.advance(20)
  write('third ')
  vi.spyOn(SpoolFile.prototype, 'append').mockImplementation(() => {
    throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })
  })
  write('fourth ')
  expect(seen.reading).toBe(false)
  write('fifth')
  expect(told.filter((line) => line.startsWith('crit: '))).toEqual([
    expect.stringMatching(
      /^crit: pwrite\(\) ".*" failed \(28: No space left on device\) while reading upstream/,
    ),
  ])
  buffer.finish()
  drain(9)
  expect(seen).toMatchObject({
    text: 'first second to fill the memory third fourth fifth',
    ended: true,
    reading: true,
  })
})

it('without a file at all memory is bounded', () => {
  const { seen, clock, write } = stage(10, 0)
  write('first ')
  write('second to fill the memory ')
  clock.advance(1000)
  expect(seen.reading).toBe(false)
})

it('a piece that was lent is kept where it is large and copied where it is small', () => {
  const { seen, buffer, drain } = stage()
  const lender = { own: streamBuffer() as Buffer | undefined }
  const pass = (size: number, letter: string): void => {
    const own = (lender.own ??= streamBuffer())
    own.fill(letter)
    lend(lender, () => buffer.write(own, 0, size))
  }
  pass(1, 'a')
  pass(100_000, 'b')
  expect(lender.own).toBeUndefined()
  pass(1, 'c')
  lender.own?.fill('?')
  drain(9)
  expect(seen.text === `a${'b'.repeat(100_000)}c`).toBe(true)
})

it('without buffering the upstream waits at once', () => {
  const { seen, clock, write } = stage(0, 0)
  write('first ')
  clock.advance(1000)
  expect(seen.reading).toBe(false)
})

it('a client that takes all of a large file gets it in turns, so that others are not kept waiting', async () => {
  const { seen, clock, buffer, write, drain } = stage(10, 4 * 1024 * 1024)
  write('first ')
  write('second to fill the memory ')
  clock.advance(20)
  const piece = 'x'.repeat(65_536)
  for (let n = 0; n < 40; n++) write(piece)
  buffer.finish()
  drain(Infinity)
  expect([seen.text.length < 1024 * 1024, seen.ended]).toEqual([true, false])
  await vi.waitUntil(() => seen.ended)
  expect(seen.text).toBe(`first second to fill the memory ${piece.repeat(40)}`)
})

it('an upstream that has sent its share of a turn is read from again in the next', async () => {
  const { seen, buffer } = stage()
  seen.room = Infinity
  for (let sent = 0; seen.reading && sent < 100; sent++) buffer.share(65_536)
  expect(seen.reading).toBe(false)
  await vi.waitUntil(() => seen.reading)
})

it('an upstream whose turn comes waits on while its client is full', async () => {
  const { seen, buffer, write, drain } = stage()
  for (let sent = 0; seen.reading && sent < 100; sent++) buffer.share(65_536)
  write('first ')
  write('second to fill the memory ')
  await turns()
  expect(seen.reading).toBe(false)
  drain(9)
  expect(seen.reading).toBe(true)
})
