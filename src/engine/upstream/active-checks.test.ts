import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { defaultCheck, type ActiveCheck } from '../../config/local.ts'
import type { PeerStatus } from '../../status/peer-status.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith } from '../testing/start-with.ts'

const check: ActiveCheck = { ...defaultCheck, path: '/health', status: '200', rises: 2, falls: 2 }
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const bad = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** An origin whose health is said by `well`; whatever else it is asked for it answers with its name. */
async function origin(name: string): Promise<ScriptedOrigin & { well: boolean; checks: () => number }> {
  const made = await scriptedOrigin(({ path }) =>
    path === '/health' ? (state.well ? ok : bad) : `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${name}`,
  )
  ends.push(() => made.close())
  const state = Object.assign(made, {
    well: true,
    checks: () => made.requests.filter(({ path }) => path === '/health').length,
  })
  return state
}

async function proxyTo(servers: string, checks: Record<string, ActiveCheck> = { app: check }) {
  const clock = fakeClock()
  const text = (line: string): string =>
    `upstream app { ${line} } server { location / { proxy_pass http://app; } }`
  const started = await startWith(text(servers), { clock, checks })
  ends.push(() => started.stop())
  const peers = (): readonly PeerStatus[] => started.engine.upstreams()[0]?.peers ?? []
  /** Lets the next check of every peer come, and waits until all have their answer. */
  const round = async (): Promise<void> => {
    const answered = (): number[] =>
      peers().map((peer) => (peer.check?.passed ?? 0) + (peer.check?.failed ?? 0))
    const before = answered()
    clock.advance(check.interval)
    await turnsUntil(() => answered().every((count, i) => count > (before[i] ?? 0)))
  }
  const first = (): Promise<void> =>
    turnsUntil(() => peers().every((peer) => peer.check?.state !== 'checking'))
  const body = async (): Promise<string> => (await started.get('/')).split('\r\n\r\n')[1] ?? ''
  return { started, clock, peers, round, first, body, apply: (line: string) => started.apply(text(line)) }
}

async function turnsUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('a peer that fails its check is taken out with the reason, and let in after it has risen', async () => {
  const [a, b] = [await origin('a'), await origin('b')]
  const { started, peers, round, first, body } = await proxyTo(
    `server 127.0.0.1:${a.port}; server 127.0.0.1:${b.port};`,
  )
  expect(peers().map(({ state }) => state)).toEqual(['checking', 'checking'])
  await first()
  a.well = false
  await round()
  expect(peers().map(({ state, check: said }) => [state, said?.inARow])).toEqual([
    ['up', 1],
    ['up', 2],
  ])
  await round()
  const [sick, healthy] = peers()
  expect([sick?.state, sick?.check?.reason, sick?.expectedShare, healthy?.expectedShare]).toEqual([
    'unhealthy',
    'GET /health answered 503, expected 200',
    0,
    1,
  ])
  expect([await body(), await body(), await body()]).toEqual(['b', 'b', 'b'])
  a.well = true
  await round()
  expect(peers()[0]?.state).toBe('unhealthy')
  await round()
  expect(peers()[0]?.state).toBe('up')
  expect(new Set([await body(), await body()])).toEqual(new Set(['a', 'b']))
  expect(started.log.filter((line) => line.includes('healthy'))).toEqual([
    `warn: peer 127.0.0.1:${a.port} of upstream "app" is unhealthy: GET /health answered 503, expected 200`,
    `notice: peer 127.0.0.1:${a.port} of upstream "app" is healthy again`,
  ])
})

test('a check is a small request of its own to the peer', async () => {
  const a = await origin('a')
  const { first } = await proxyTo(`server 127.0.0.1:${a.port};`, {
    app: { ...check, method: 'HEAD', host: 'app.example' },
  })
  await first()
  expect(a.requests[0]?.head).toBe(
    'HEAD /health HTTP/1.1\r\nHost: app.example\r\nUser-Agent: Sluicegate (active check)\r\nAccept: */*\r\nConnection: close\r\n\r\n',
  )
})

test('the only live peer is never taken out by its check alone', async () => {
  const [a, b] = [await origin('a'), await origin('b')]
  const { started, peers, round, first, body } = await proxyTo(
    `server 127.0.0.1:${a.port}; server 127.0.0.1:${b.port};`,
  )
  await first()
  a.well = b.well = false
  await round()
  await round()
  expect(
    peers().map(({ state, check: said, expectedShare }) => [state, said?.spared, expectedShare]),
  ).toEqual([
    ['unhealthy', true, 0.5],
    ['unhealthy', true, 0.5],
  ])
  expect(new Set([await body(), await body()])).toEqual(new Set(['a', 'b']))
  b.well = true
  await round()
  await round()
  expect([await body(), await body()]).toEqual(['b', 'b'])
  // The healthy one is taken away by hand: the other one is all there is.
  started.engine.steer('app', `127.0.0.1:${b.port}`, { draining: true })
  expect([await body(), peers()[0]?.check?.spared]).toEqual(['a', true])
})

test('a backup stands in for peers that are unhealthy', async () => {
  const [a, b] = [await origin('a'), await origin('b')]
  const { round, first, body } = await proxyTo(
    `server 127.0.0.1:${a.port}; server 127.0.0.1:${b.port} backup;`,
  )
  await first()
  const before = await body()
  a.well = false
  await round()
  await round()
  expect([before, await body()]).toEqual(['a', 'b'])
})

test('checks go on over an apply, and end with their upstream, their check and the engine', async () => {
  const [a, b] = [await origin('a'), await origin('b')]
  const { started, clock, peers, round, first, apply } = await proxyTo(
    `server 127.0.0.1:${a.port}; server 127.0.0.1:${b.port};`,
  )
  await first()
  a.well = false
  await round()
  await apply(`server 127.0.0.1:${a.port} weight=2; server 127.0.0.1:${b.port};`)
  expect(peers()[0]?.check).toMatchObject({ state: 'healthy', failed: 1, inARow: 1 })
  await round()
  expect([peers()[0]?.state, a.checks(), b.checks()]).toEqual(['unhealthy', 3, 3])
  await apply(`server 127.0.0.1:${b.port};`)
  await first()
  const asked = b.checks()
  for (let i = 0; i < 5; i++) await round()
  expect([a.checks(), b.checks()]).toEqual([3, asked + 5])
  await started.engine.stop({ graceful: false })
  for (let i = 0; i < 5; i++) {
    clock.advance(check.interval)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(b.checks()).toBe(asked + 5)
})

test.each<[string, string | undefined, Partial<ActiveCheck>, string | undefined]>([
  ['a body that holds the words', ok, { body: 'ok' }, undefined],
  [
    'a body that does not',
    ok,
    { body: 'fine' },
    'GET /health answered 200, but its body does not hold "fine"',
  ],
  ['a body that an expression fits', ok, { body: '~* ^OK$' }, undefined],
  [
    'one that it does not fit',
    ok,
    { body: '~ ^OK$' },
    'GET /health answered 200, but its body does not match ~ ^OK$',
  ],
  [
    'a chunked body, up to where the words stand',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n',
    { body: 'ok' },
    undefined,
  ],
  [
    'a status of the list',
    'HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n',
    { status: '200 300-399' },
    undefined,
  ],
  ['an answer that is none', 'SSH-2.0\r\n\r\n', {}, 'GET /health: upstream sent no valid HTTP/1.0 header'],
  ['silence', undefined, { timeout: 2000 }, 'GET /health: no answer within 2s'],
])('of %s', async (_what, answer, change, reason) => {
  const made = await scriptedOrigin(() => answer)
  ends.push(() => made.close())
  const { clock, peers, first } = await proxyTo(`server 127.0.0.1:${made.port};`, {
    app: { ...check, ...change, falls: 1 },
  })
  await made.request(1)
  if (answer === undefined) clock.advance(2000)
  await first()
  expect([peers()[0]?.check?.state, peers()[0]?.check?.reason]).toEqual([
    reason === undefined ? 'healthy' : 'unhealthy',
    reason,
  ])
})

test('of a port that nobody listens at', async () => {
  const gone = createServer()
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
  const { port } = gone.address() as AddressInfo
  await new Promise((resolve) => gone.close(resolve))
  const { peers, first } = await proxyTo(`server 127.0.0.1:${port};`, { app: { ...check, falls: 1 } })
  await first()
  expect(peers()[0]?.check?.reason).toBe('GET /health: connect() failed (111: Connection refused)')
})

test('at another port', async () => {
  const inside = await startWith(
    `server { listen 1; return 200 plain; }
     server { listen 2; location / { return 503; } location /health { return 200 fine; } }`,
  )
  ends.push(() => inside.stop())
  const { peers, first } = await proxyTo(`server 127.0.0.1:${inside.port(1)};`, {
    app: { ...check, body: 'fine', port: inside.port(2), falls: 1 },
  })
  await first()
  expect(peers()[0]?.check?.state).toBe('healthy')
})
