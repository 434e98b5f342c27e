import { readFileSync, renameSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noLocal } from '../config/local.ts'
import { fakeClock } from './testing/fake-clock.ts'
import { passTime } from './testing/pass-time.ts'
import { rawClient } from './testing/raw-client.ts'
import { scriptedOrigin, type ScriptedOrigin } from './testing/scripted-origin.ts'
import { startWith, type Started } from './testing/start-with.ts'
import { createEngine } from './index.ts'

const head = 'HTTP/1.1\r\nHost: localhost\r\n'

let origin: ScriptedOrigin
beforeAll(async () => {
  origin = await scriptedOrigin(() => undefined)
})
afterAll(() => origin.close())

/** Runs a test with an engine of its own. */
async function having(http: string, run: (started: Started) => Promise<void>): Promise<void> {
  const started = await startWith(http)
  try {
    await run(started)
  } finally {
    await started.stop()
  }
}

const answering = (text: string, port = 80): string =>
  `server { listen ${port}; location / { return 200 ${text}; } }`
const proxying = (): string =>
  `server { listen 80; location / { proxy_pass http://127.0.0.1:${origin.port}; } }`
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

test('a kept connection gets its next answer from the configuration applied meanwhile', () =>
  having(answering('one'), async (started) => {
    const client = await rawClient(started.port(80))
    client.send(`GET / ${head}\r\n`)
    await client.until('one')
    await started.apply(answering('two'))
    client.send(`GET / ${head}\r\n`)
    // nginx closes idle connections of the old configuration; either way nobody hears of the old one again.
    const answer = await Promise.race([client.until('two').catch(() => client.closed), client.closed])
    expect(answer.split('one')).toHaveLength(2)
    expect(bodyOf(await started.get('/'))).toBe('two')
    client.destroy()
  }))

test('an exchange that is under way ends with the configuration it began with', () =>
  having(proxying(), async (started) => {
    const client = await rawClient(started.port(80))
    const number = origin.requests.length + 1
    client.send(`GET / ${head}\r\n`)
    const request = await origin.request(number)
    await started.apply(answering('two'))
    expect(bodyOf(await started.get('/'))).toBe('two')
    request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold')
    const answer = await client.closed
    expect([bodyOf(answer), answer.includes('Connection: close\r\n')]).toEqual(['old', true])
  }))

test('the upstreams of a configuration that was replaced are let go with its last exchange', () =>
  having(
    `upstream kept { server 127.0.0.1:${origin.port}; keepalive 2; }
     server { listen 80; location / { proxy_http_version 1.1; proxy_set_header Connection ''; proxy_pass http://kept; } }`,
    async (started) => {
      const number = origin.requests.length + 1
      const answer = started.get('/')
      const request = await origin.request(number)
      const closed = new Promise<void>((resolve) => request.socket.on('close', () => resolve()))
      await started.apply(answering('two'))
      expect(request.socket.destroyed).toBe(false)
      request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold')
      expect(bodyOf(await answer)).toBe('old')
      await closed
    },
  ))

test.each([
  ['an unknown variable', 'server { listen 80; return 200 $nothing; }', 'unknown "nothing" variable'],
  ['a wrong regular expression', 'server { listen 80; location ~ "(" { } }', '_compile() failed: '],
  [
    'an upstream without servers',
    'upstream empty { } server { listen 80; location / { proxy_pass http://empty; } }',
    'no servers are inside upstream',
  ],
  ['a location twice', 'server { listen 80; location /a { } location /a { } }', 'duplicate location "/a"'],
])('%s fails the apply, and what ran goes on', (_what, text, sentence) =>
  having(answering('one'), async (started) => {
    const problems = await started.apply(text)
    expect(problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([
      expect.stringContaining(sentence),
    ])
    expect(bodyOf(await started.get('/'))).toBe('one')
  }),
)

test('a port that somebody else has fails the apply: nothing is opened, nothing is changed', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const engine = createEngine({
    prefix: '/nowhere/',
    reporter: { exchange: () => undefined, log: () => undefined },
  })
  const listen = (...ports: number[]): { address: string; port: number }[] =>
    ports.map((number) => ({ address: '127.0.0.1', port: number }))
  const local = { ...noLocal, ports: { '1': 0, '2': 0 } }
  try {
    expect(await engine.apply({ http: { servers: [{ listen: listen(1) }] } }, local)).toEqual([])
    const before = engine.listeners()
    const problems = await engine.apply({ http: { servers: [{ listen: listen(1, 2, port) }] } }, local)
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['port-in-use', `bind() to 127.0.0.1:${port} failed (98: Address already in use)`],
    ])
    expect(engine.listeners()).toEqual(before)
  } finally {
    await engine.stop({ graceful: false })
    taken.close()
  }
})

test('a listen that goes is closed, one that stays keeps its port, one that comes is opened', () =>
  having(answering('one', 80) + answering('other', 81), async (started) => {
    const [stays, goes] = [started.port(80), started.port(81)]
    await started.apply(answering('two', 80) + answering('third', 82))
    expect(started.port(80)).toBe(stays)
    expect(bodyOf(await started.get('/', [], 82))).toBe('third')
    await expect(rawClient(goes)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  }))

test('what is being answered when its listen goes is answered to the end', () =>
  having(proxying(), async (started) => {
    const number = origin.requests.length + 1
    const answer = started.get('/')
    const request = await origin.request(number)
    await started.apply(answering('two', 81))
    request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold')
    expect(bodyOf(await answer)).toBe('old')
  }))

test('applies run one after the other, the last one wins', () =>
  having(answering('one'), async (started) => {
    await Promise.all([started.apply(answering('two')), started.apply(answering('three'))])
    expect(bodyOf(await started.get('/'))).toBe('three')
  }))

test('check finds the same problems and changes nothing', () =>
  having(answering('one'), async (started) => {
    const config = {
      http: {
        servers: [
          {
            listen: [{ address: '*', port: 80 }],
            rewrites: [{ directive: 'return' as const, code: 200, text: '$nothing' }],
          },
        ],
      },
    }
    expect((await started.engine.check(config, noLocal)).map(({ message }) => message)).toEqual([
      expect.stringContaining('unknown "nothing" variable'),
    ])
    expect(bodyOf(await started.get('/'))).toBe('one')
  }))

test('a graceful stop lets exchanges end and closes what is idle', async () => {
  const started = await startWith(proxying())
  const idle = await rawClient(started.port(80))
  const number = origin.requests.length + 2
  idle.send(`GET /first ${head}\r\n`)
  const first = await origin.request(number - 1)
  first.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold')
  await idle.until('old')
  const answer = started.get('/')
  const request = await origin.request(number)
  const stopped = started.engine.stop({ graceful: true })
  await idle.closed
  await expect(rawClient(started.port(80))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend')
  expect(bodyOf(await answer)).toBe('end')
  await stopped
  expect(started.engine.connections()).toBe(0)
  await started.stop()
})

test('a stop that is not graceful ends every connection at once', async () => {
  const started = await startWith(proxying())
  const number = origin.requests.length + 1
  const answer = started.get('/')
  const request = await origin.request(number)
  const gone = new Promise<void>((resolve) => request.socket.on('close', () => resolve()))
  await started.stop()
  expect(await answer).toBe('')
  await gone
  expect(started.exchanges.map(({ status }) => status)).toEqual([499])
})

test('worker_shutdown_timeout ends a graceful stop that takes too long', async () => {
  const clock = fakeClock()
  const exchanges: number[] = []
  const engine = createEngine({
    prefix: '/nowhere/',
    clock,
    reporter: { exchange: ({ status }) => void exchanges.push(status), log: () => undefined },
  })
  const proxyPass = `http://127.0.0.1:${origin.port}`
  await engine.apply(
    {
      workerShutdownTimeout: 30_000,
      http: {
        servers: [
          {
            listen: [{ address: '127.0.0.1', port: 1 }],
            locations: [{ modifier: '', pattern: '/', proxyPass }],
          },
        ],
      },
    },
    { ...noLocal, ports: { '1': 0 } },
  )
  const number = origin.requests.length + 1
  const client = await rawClient(engine.listeners()[0]?.port ?? 0)
  client.send(`GET / ${head}\r\n`)
  await origin.request(number)
  const passed = await passTime(clock, engine.stop({ graceful: true }))
  expect([passed >= 30_000 && passed <= 34_000, await client.closed, exchanges]).toEqual([true, '', [499]])
})

test('logs are written to a new file of the same name after reopenLogs', () =>
  having(`log_format tested '$uri'; access_log tested.log tested; ${answering('one')}`, async (started) => {
    const path = `${started.folder}tested.log`
    await started.get('/before')
    renameSync(path, `${path}.1`)
    started.engine.reopenLogs()
    await started.get('/after')
    started.engine.reopenLogs()
    expect([`${path}.1`, path].map((file) => readFileSync(file, 'utf8'))).toEqual(['/before\n', '/after\n'])
  }))
