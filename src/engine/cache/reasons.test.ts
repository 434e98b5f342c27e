/** Every reason there is, seen at the wire: why an exchange was no hit, and why its answer was not stored. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { MissReason, StoreReason } from '../../status/cache-status.ts'
import {
  cleanUp,
  filesIn,
  folderOf,
  last,
  ok,
  originWith,
  start,
  type Origin,
} from '../testing/cache-stage.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { passTime } from '../testing/pass-time.ts'
import type { Started } from '../testing/start-with.ts'

afterEach(cleanUp)

// What is larger is never kept in memory: its file is looked at each time.
const large = 'x'.repeat(300_000)
const post = 'POST /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
const answers = (text: string): Origin['answer'] => {
  return (socket) => void socket.end(text)
}
const atOnce = answers(ok('x'))
const never: Origin['answer'] = () => undefined

/** Fills a zone with requests that nobody answers, so that none of its keys can go. */
async function fill(started: Started, origin: Origin): Promise<void> {
  const capacity = started.engine.caches()[0]?.capacity ?? 0
  for (let i = 0; i < capacity; i++) await started.open(`GET /${i} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await origin.until(capacity)
  origin.answer = atOnce
}

const missCases: Record<MissReason, () => Promise<Started>> = {
  'key-not-there': async () => {
    const started = await start(await originWith(atOnce))
    await started.get('/a')
    return started
  },
  'variant-not-there': async () => {
    const varies = ok('x', 'Cache-Control: max-age=9\r\nVary: Accept-Language')
    const started = await start(await originWith(answers(varies)))
    for (const language of ['en', 'de']) await started.get('/a', [`Accept-Language: ${language}`])
    return started
  },
  purged: async () => {
    const started = await start(await originWith(atOnce))
    await started.get('/a')
    started.engine.purge('c', { by: 'all' })
    await started.get('/a')
    return started
  },
  damaged: async () => {
    const folder = folderOf()
    const started = await start(await originWith(answers(ok(large))), '', { folder })
    await started.get('/a')
    const [file = ''] = filesIn(folder)
    writeFileSync(file, readFileSync(file).subarray(0, -1))
    await started.get('/a')
    return started
  },
  expired: async () => {
    const clock = fakeClock()
    const started = await start(await originWith(atOnce), '', { clock })
    await started.get('/a')
    clock.advance(13_000)
    await started.get('/a')
    expect(started.exchanges.at(-1)?.record().cacheExpiredSeconds).toBe(3)
    return started
  },
  bypass: async () => {
    const started = await start(await originWith(atOnce), 'proxy_cache_bypass $arg_fresh;')
    await started.get('/a?fresh=1')
    return started
  },
  method: async () => {
    const started = await start(await originWith(atOnce))
    await started.ask(post)
    return started
  },
  'min-uses': async () => {
    const started = await start(await originWith(atOnce), 'proxy_cache_min_uses 2;')
    await started.get('/a')
    return started
  },
  'lock-timeout': async () => {
    const clock = fakeClock()
    const origin = await originWith(never)
    const started = await start(origin, 'proxy_cache_lock on; proxy_cache_lock_timeout 1s;', { clock })
    await started.open('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await origin.until(1)
    origin.answer = atOnce
    await passTime(clock, started.get('/a'), 100)
    return started
  },
  'key-too-long': async () => {
    const started = await start(await originWith(atOnce), 'proxy_buffer_size 1k;')
    await started.get(`/${'a'.repeat(1024)}`)
    return started
  },
  'cache-off': async () => {
    const started = await start(await originWith(atOnce), '', { cache: '$arg_cache' })
    await started.get('/a')
    return started
  },
  'no-room': async () => {
    const origin = await originWith(never)
    const started = await start(origin, '', { path: 'keys_zone=c:32k' })
    await fill(started, origin)
    await started.get('/one-more')
    return started
  },
  'disk-error': async () => {
    const folder = folderOf()
    const started = await start(await originWith(answers(ok(large))), '', { folder })
    await started.get('/a')
    const [file = ''] = filesIn(folder)
    rmSync(file)
    mkdirSync(file)
    await started.get('/a')
    return started
  },
}

describe('why an exchange was no hit', () => {
  test.each(Object.entries(missCases))('%s', async (reason, run) => {
    expect((await run()).exchanges.at(-1)?.record().cacheReason).toBe(reason)
  })
})

/** Asks once for an answer with these fields, or with this text. */
function once(answer: string, settings = '', path = '/a'): () => Promise<Started> {
  const text = answer.startsWith('HTTP/') ? answer : ok('x', answer)
  return async () => {
    const started = await start(await originWith(answers(text)), settings)
    await started.get(path)
    return started
  }
}

const storeCases: Record<StoreReason, () => Promise<Started>> = {
  'set-cookie': once('Cache-Control: max-age=9\r\nSet-Cookie: a=b'),
  'vary-any': once('Cache-Control: max-age=9\r\nVary: *'),
  'vary-too-long': once(`Cache-Control: max-age=9\r\nVary: ${'a'.repeat(129)}`),
  'no-cache': once('Cache-Control: no-cache'),
  'no-store': once('Cache-Control: no-store'),
  private: once('Cache-Control: private'),
  'max-age-zero': once('Cache-Control: max-age=0'),
  malformed: once('Cache-Control: max-age=soon'),
  'accel-expires-zero': once('X-Accel-Expires: 0'),
  'expired-already': once('Expires: Thu, 01 Jan 1970 00:00:01 GMT'),
  'no-valid-time': once('Content-Language: en', 'proxy_cache_valid 404 1m;'),
  'no-cache-condition': once('Cache-Control: max-age=9', 'proxy_no_cache $arg_not;', '/a?not=1'),
  unbuffered: once('Cache-Control: max-age=9', 'proxy_buffering off;'),
  upgraded: async () => {
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'
    const settings =
      'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_cache_valid any 1m;'
    const started = await start(await originWith(answers(switched)), settings)
    await started.ask('GET /a HTTP/1.1\r\nHost: localhost\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
    return started
  },
  intercepted: once(
    'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
    'proxy_intercept_errors on; error_page 404 /; error_page 404 = @gone;',
  ),
  redirected: once('Cache-Control: max-age=9\r\nX-Accel-Redirect: @gone'),
  incomplete: once('HTTP/1.1 200 OK\r\nCache-Control: max-age=9\r\nContent-Length: 9\r\n\r\nx'),
  'no-room': missCases['no-room'],
  'purged-meanwhile': async () => {
    const held: Socket[] = []
    const origin = await originWith((socket) => void held.push(socket))
    const started = await start(origin)
    const answer = started.get('/a')
    await origin.until(1)
    started.engine.purge('c', { by: 'all' })
    held[0]?.end(ok('x'))
    await answer
    return started
  },
  'disk-error': async () => {
    const folder = folderOf()
    const started = await start(await originWith(atOnce), '', { folder })
    rmSync(folder, { recursive: true })
    writeFileSync(folder, '')
    await started.get('/a')
    return started
  },
  'origin-failed': async () => {
    const started = await start(await originWith((socket) => void socket.destroy()))
    await started.get('/a')
    return started
  },
  method: missCases.method,
  'min-uses': missCases['min-uses'],
  'lock-timeout': missCases['lock-timeout'],
  'range-offset': async () => {
    const started = await start(await originWith(atOnce), 'proxy_cache_max_range_offset 10;')
    await started.get('/a', ['Range: bytes=10-'])
    return started
  },
  'key-too-long': missCases['key-too-long'],
  'cache-off': missCases['cache-off'],
}

describe('why an answer was not stored', () => {
  test.each(Object.entries(storeCases))('%s', async (reason, run) => {
    const started = await run()
    expect(last(started).cacheNotStored).toBe(reason)
    expect(started.engine.caches()[0]?.entries).toBe(0)
  })
})

test('reasons of exchanges are ranked in the status of their cache', async () => {
  const origin = await originWith(answers(ok('x', 'Cache-Control: private')))
  const started = await start(origin)
  for (const path of ['/a', '/b', '/c']) await started.get(path)
  origin.answer = answers(ok('x', 'Cache-Control: max-age=9\r\nSet-Cookie: a=b'))
  await started.get('/a')
  await started.ask(post)
  expect(started.engine.caches()[0]?.recent).toMatchObject({
    verdicts: { MISS: 4 },
    missed: [
      { reason: 'key-not-there', count: 4 },
      { reason: 'method', count: 1 },
    ],
    notStored: [
      { reason: 'private', count: 3 },
      { reason: 'set-cookie', count: 1 },
      { reason: 'method', count: 1 },
    ],
  })
})
