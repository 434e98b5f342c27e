import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import type { LogEscape } from '../../config/directives/log.ts'
import type { Exchange } from '../request/exchange.ts'
import { VariableTable } from '../request/variable-table.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { startWith } from '../testing/start-with.ts'
import { compileLogFormat } from './log.ts'
import { LogFile } from './log-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'log-'))
afterAll(() => rmSync(folder, { recursive: true }))

const odd = 'a"b\\c\nd\x7f\xc3\xa9\t\x01'

test.each<[LogEscape, string]>([
  ['default', 'a\\x22b\\x5Cc\\x0Ad\\x7F\\xC3\\xA9\\x09\\x01|-|\xc3\xa9'],
  ['json', 'a\\"b\\\\c\\nd\x7f\xc3\xa9\\t\\u0001||\xc3\xa9'],
  ['none', `${odd}||\xc3\xa9`],
])('escape=%s', (escape, line) => {
  const variables = new VariableTable()
  variables.declare('odd', () => odd)
  variables.declare('missing', () => undefined)
  const format = compileLogFormat('$odd|${missing}|é', escape, variables)
  expect(format({} as Exchange)).toBe(line)
})

test('a line is written for each log whose condition holds, with the settings of the last location', async () => {
  const started = await startWith(`
    map $status $failed { ~^[45] 1; default 0; }
    log_format all '$request_uri $status';
    log_format few 'failed $uri';
    server {
      listen 80;
      access_log all.log all;
      access_log few.log few if=$failed;
      location / { return 200 ok; }
      location /fail { return 404; }
      location /silent { access_log off; return 200 ok; }
      location /moved { rewrite ^ /silent last; }
    }`)
  for (const path of ['/a', '/fail?x', '/silent', '/moved']) await started.get(path)
  started.engine.reopenLogs()
  const lines = ['all', 'few'].map((name) => readFileSync(`${started.folder}${name}.log`, 'utf8'))
  await started.stop()
  expect(lines).toEqual(['/a 200\n/fail?x 404\n', 'failed /fail\n'])
})

/** A log of its own, and what its file holds. */
function log(name: string): { file: LogFile; clock: ReturnType<typeof fakeClock>; text: () => string } {
  const path = join(folder, name)
  const clock = fakeClock()
  const file = new LogFile(path, clock, () => undefined)
  return { file, clock, text: () => readFileSync(path, 'latin1') }
}

test('lines of one turn are written together, in order, behind what the file holds', async () => {
  const { file, text } = log('turn')
  file.write('one\n')
  file.write('two\xe9\n')
  const before = text()
  await new Promise((resolve) => setImmediate(resolve))
  expect([before, text()]).toEqual(['', 'one\ntwo\xe9\n'])
  file.close()
})

test('a buffer is written when the next line does not fit, and after its time', () => {
  const { file, clock, text } = log('buffered')
  const buffering = { size: 10, flush: 5000, gzipLevel: undefined }
  const seen: string[] = []
  for (const line of ['12345\n', '123\n', '\n']) {
    file.writeBuffered(line, buffering)
    seen.push(text())
  }
  clock.advance(4999)
  seen.push(text())
  clock.advance(1)
  seen.push(text())
  file.close()
  expect(seen).toEqual(['', '', '12345\n123\n', '12345\n123\n', '12345\n123\n\n'])
})

test('a line longer than the buffer is written at once, behind those that waited', () => {
  const { file, text } = log('long')
  const buffering = { size: 8, flush: undefined, gzipLevel: undefined }
  file.writeBuffered('short\n', buffering)
  file.writeBuffered('longer than that\n', buffering)
  expect(text()).toBe('short\nlonger than that\n')
  file.close()
})

test('a compressed log holds its lines when it is closed', () => {
  const { file, text } = log('compressed')
  file.writeBuffered('line\n', { size: 100, flush: undefined, gzipLevel: 1 })
  file.close()
  expect(gunzipSync(Buffer.from(text(), 'latin1')).toString()).toBe('line\n')
})
