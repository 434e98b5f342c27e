import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { scriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith } from '../testing/start-with.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Three origins that answer with their place, and a proxy to them; `%1` to `%3` stand for their addresses. */
async function proxyTo(upstream: string) {
  const origins = await Promise.all(
    ['1', '2', '3'].map((name) =>
      scriptedOrigin(() => `HTTP/1.1 200 OK\r\nSet-Cookie: own=1\r\nContent-Length: 1\r\n\r\n${name}`),
    ),
  )
  const address = (place: number): string => `127.0.0.1:${origins[place - 1]?.port ?? 0}`
  const text = upstream.replace(/%(\d)/g, (_all, place: string) => address(Number(place)))
  const proxy = await startWith(`upstream app { ${text} } server { location / { proxy_pass http://app; } }`, {
    clock: fakeClock(),
  })
  ends.push(...origins.map((origin) => () => origin.close()), () => proxy.stop())
  const sid = (place: number): string => createHash('md5').update(address(place)).digest('hex')
  const ask = async (cookie = '', path = '/') => {
    const [head = '', body = ''] = (await proxy.get(path, cookie === '' ? [] : [`Cookie: ${cookie}`])).split(
      '\r\n\r\n',
    )
    return { body, cookies: [...head.matchAll(/^Set-Cookie: (.*)$/gm)].map((match) => match[1]) }
  }
  const bodies = async (times: number, cookie = '', path = '/'): Promise<string> => {
    let all = ''
    for (let i = 0; i < times; i++) all += (await ask(cookie, path)).body
    return all
  }
  return { proxy, address, sid, ask, bodies }
}

const three = 'server %1; server %2; server %3;'

test('the first answer sets a cookie that names its peer, in front of what the peer sent', async () => {
  const { ask, sid } = await proxyTo(
    `${three} sticky cookie srv expires=1h domain=.a.example path=/x samesite=Lax httponly secure;`,
  )
  expect(await ask()).toEqual({
    body: '1',
    cookies: [
      `srv=${sid(1)}; expires=Thu, 01-Jan-26 01:00:00 GMT; max-age=3600; domain=.a.example; httponly; secure; samesite=Lax; path=/x`,
      'own=1',
    ],
  })
})

test.each(['', 'least_conn;', 'ip_hash;', 'hash $uri;', 'hash $uri consistent;', 'random;'])(
  'with the cookie a client stays with its peer, whatever the method: %s',
  async (method) => {
    const { bodies, sid } = await proxyTo(`${method} ${three} sticky cookie srv;`)
    expect([await bodies(3, `srv=${sid(3)}`), await bodies(2, `srv=${sid(2)}`)]).toEqual(['333', '22'])
  },
)

test('a cookie of nobody is as none, and the answer corrects it', async () => {
  const { ask, sid } = await proxyTo(`${three} sticky cookie srv expires=max;`)
  expect((await ask('srv=0123')).cookies[0]).toBe(
    `srv=${sid(1)}; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000`,
  )
})

test('a peer that drains goes on with its clients and gets no others; one that is down loses them', async () => {
  const { proxy, address, bodies, sid } = await proxyTo(`${three} sticky cookie srv;`)
  proxy.engine.steer('app', address(2), { draining: true })
  expect([await bodies(2, `srv=${sid(2)}`), await bodies(4)]).toEqual([
    '22',
    expect.not.stringContaining('2'),
  ])
  proxy.engine.steer('app', address(2), { down: true })
  expect(await bodies(2, `srv=${sid(2)}`)).not.toContain('2')
})

test('drain may stand in the configuration', async () => {
  const { proxy, bodies, sid } = await proxyTo('server %1; server %2 drain; sticky cookie srv;')
  expect([await bodies(2), await bodies(1, `srv=${sid(2)}`)]).toEqual(['11', '2'])
  expect(
    proxy.engine.upstreams()[0]?.peers.map(({ state, configuredShare }) => [state, configuredShare]),
  ).toEqual([
    ['up', 1],
    ['draining', 0],
  ])
})

test('routes name peers, by the first variable that has a value', async () => {
  const { bodies, ask } = await proxyTo(
    'server %1 route=a; server %2 route=b; server %3; sticky route $cookie_where $arg_where;',
  )
  expect([
    await bodies(2, 'where=b', '/?where=a'),
    await bodies(2, '', '/?where=a'),
    (await ask()).cookies,
  ]).toEqual(['22', '11', ['own=1']])
})

test('sticky requests count as turns of round robin, one in a row', async () => {
  const { bodies, sid } = await proxyTo(`${three} sticky cookie srv;`)
  await bodies(1, `srv=${sid(1)}`)
  expect(await bodies(2)).toBe('23')
})

test('a stored answer is sent to nobody with the cookie of another', async () => {
  const origin = await scriptedOrigin(({ connection, socket }) => {
    if (connection > 1) socket.destroy()
    return connection > 1
      ? undefined
      : 'HTTP/1.1 200 OK\r\nCache-Control: max-age=1\r\nContent-Length: 1\r\nConnection: close\r\n\r\na'
  })
  const clock = fakeClock()
  const proxy = await startWith(
    `proxy_cache_path cache keys_zone=c:1m;
     upstream app { server 127.0.0.1:${origin.port}; sticky cookie srv; }
     server { location / { proxy_cache c; proxy_cache_use_stale error; proxy_pass http://app; add_header X-Cache $upstream_cache_status; } }`,
    { clock },
  )
  ends.push(
    () => origin.close(),
    () => proxy.stop(),
  )
  const ask = async (): Promise<unknown> => {
    const answer = await proxy.get('/')
    return [/X-Cache: (\w+)/.exec(answer)?.[1], answer.includes('Set-Cookie: srv=')]
  }
  const first = await ask()
  clock.advance(5000)
  expect([first, await ask(), await ask()]).toEqual([
    ['MISS', true],
    ['STALE', false],
    ['STALE', false],
  ])
})
