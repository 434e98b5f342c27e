import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startWith } from '../testing/start-with.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stale-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const serving = (path: string): string => `server { listen unix:${path}; return 200 mine; }`

function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ path }, () => socket.write('GET / HTTP/1.0\r\n\r\n'))
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => (text += piece))
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}

/** A program that is killed while it listens. */
async function leaveBehind(path: string): Promise<void> {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('there'))`
  const child = spawn(process.execPath, ['-e', code])
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('a unix socket that a killed program left behind is listened on', async () => {
  const path = join(folder, 'left')
  await leaveBehind(path)
  expect(existsSync(path)).toBe(true)
  const started = await startWith(serving(path))
  expect([started.problems, await ask(path)]).toEqual([[], expect.stringMatching(/^HTTP\/1.1 200 [^]*mine$/)])
  await started.stop()
  expect(existsSync(path)).toBe(false)
})

test('a unix socket that another program listens on stays its own', async () => {
  const path = join(folder, 'theirs')
  const other = createServer((socket) => {
    socket.on('error', () => undefined) // whoever only looks whether somebody listens leaves without reading
    socket.end('theirs')
  })
  other.listen(path)
  await once(other, 'listening')
  const started = await startWith(serving(path))
  expect(started.problems).toEqual([
    {
      severity: 'error',
      code: 'port-in-use',
      message: `bind() to unix:${path} failed (98: Address already in use)`,
      fix: 'stop the program that has it, or listen on another path',
    },
  ])
  expect(await ask(path)).toBe('theirs')
  await started.stop()
  expect(await ask(path)).toBe('theirs')
  other.close()
})

test('a file that is no socket stays, and is said to be in the way', async () => {
  const path = join(folder, 'file')
  writeFileSync(path, 'precious')
  const started = await startWith(serving(path))
  expect(started.problems).toMatchObject([
    { message: `bind() to unix:${path} failed (98: Address already in use)` },
  ])
  expect(existsSync(path)).toBe(true)
  await started.stop()
})
