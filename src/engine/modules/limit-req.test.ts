import { keptExchange } from '../kept-exchange.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let proxy: Started | undefined
afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
})

const status = (answer: string): string =>
  `${answer.slice(9, 12)} ${answer.split('\r\n\r\n')[1] ?? ''}`.trim()
const origin = 'server { listen 81; return 200 origin; }'

describe('limit_req', () => {
  it('rejects what is above the burst and says so', async () => {
    const clock = fakeClock()
    proxy = await startWith(
      `limit_req_zone $arg_k zone=one:1m rate=1r/s;
       server { limit_req zone=one burst=1 nodelay; limit_req_status 429; error_page 429 = /page;
         location / { proxy_pass http://127.0.0.1:81; }
         location = /page { return 200 $limit_req_status; } }
       ${origin}`,
      { clock },
    )
    const answers = []
    for (let i = 0; i < 3; i++) answers.push(status(await proxy.get('/?k=a')))
    answers.push(status(await proxy.get('/?k=b')), status(await proxy.get('/')))
    expect(answers).toEqual(['200 origin', '200 origin', '200 REJECTED', '200 origin', '200 origin'])
    expect(proxy.log.filter((line) => line.includes('limiting'))).toEqual([
      expect.stringContaining('error: limiting requests, excess: 2.000 by zone "one", client: 127.0.0.1'),
    ])
  })

  it('delays what is above the rate for exactly as long as it takes', async () => {
    const clock = fakeClock()
    proxy = await startWith(
      `limit_req_zone $server_addr zone=one:1m rate=2r/s;
       server { limit_req zone=one burst=5 delay=1; location / { proxy_pass http://127.0.0.1:81; } } ${origin}`,
      { clock },
    )
    await proxy.get('/1')
    await proxy.get('/2')
    const third = proxy.get('/3')
    await proxy.logged('warn: delaying request, excess: 2.000, by zone "one"')
    const done = proxy.exchanges.length
    clock.advance(499)
    expect(proxy.exchanges).toHaveLength(done)
    clock.advance(1)
    expect(status(await third)).toBe('200 origin')
  })

  it('a client that goes while it waits is 499', async () => {
    const clock = fakeClock()
    proxy = await startWith(
      `limit_req_zone $server_addr zone=one:1m rate=1r/m;
       server { limit_req zone=one burst=5; location / { proxy_pass http://127.0.0.1:81; } } ${origin}`,
      { clock },
    )
    await proxy.get('/')
    const leave = await proxy.open('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await proxy.logged('warn: delaying request')
    leave()
    await proxy.until(() => proxy?.exchanges.at(-1)?.status === 499)
    expect(proxy.exchanges).toHaveLength(3)
  })

  it('all limits must let a request in, and the longest delay counts', async () => {
    proxy = await startWith(
      `limit_req_zone $arg_a zone=a:1m rate=1r/s; limit_req_zone $arg_b zone=b:1m rate=1r/s;
       server { limit_req zone=a burst=1 nodelay; limit_req zone=b; location / { proxy_pass http://127.0.0.1:81; } }
       ${origin}`,
      { clock: fakeClock() },
    )
    const answers = []
    for (const query of ['a=1&b=1', 'a=1&b=1', 'a=1&b=2', 'a=1&b=3'])
      answers.push(status(await proxy.get(`/?${query}`)).slice(0, 3))
    expect(answers).toEqual(['200', '503', '200', '503'])
    expect(proxy.engine.limits().map(({ name, keys, total }) => [name, keys, total])).toEqual([
      ['a', 1, { passed: 2, delayed: 0, rejected: 1, dryRun: 0 }],
      ['b', 2, { passed: 2, delayed: 0, rejected: 1, dryRun: 0 }],
    ])
  })

  it('zones outlive an apply, also with another rate', async () => {
    const text = (rate: string): string =>
      `limit_req_zone $server_addr zone=one:1m rate=${rate}; server { limit_req zone=one; location / { proxy_pass http://127.0.0.1:81; } } ${origin}`
    proxy = await startWith(text('1r/s'), { clock: fakeClock() })
    const before = status(await proxy.get('/'))
    await proxy.apply(text('1r/m'))
    const after = status(await proxy.get('/')).slice(0, 3)
    expect([before, after, proxy.engine.limits()[0]?.rate]).toEqual([
      '200 origin',
      '503',
      { requests: 1, per: 'm' },
    ])
  })

  it('a key that is reset may come again', async () => {
    proxy = await startWith(
      `limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m;
       server { limit_req zone=one; location / { proxy_pass http://127.0.0.1:81; } } ${origin}`,
      { clock: fakeClock() },
    )
    const before = [await proxy.get('/'), await proxy.get('/')].map((answer) => status(answer).slice(0, 3))
    const [zone] = proxy.engine.limits()
    expect([before, zone?.hottest]).toEqual([
      ['200', '503'],
      [{ key: '127.0.0.1', load: 0, lastAt: Date.UTC(2026, 0, 1), delayed: 0, rejected: 1 }],
    ])
    expect([
      proxy.engine.resetLimitKey('one', '127.0.0.1'),
      proxy.engine.resetLimitKey('one', '127.0.0.1'),
      status(await proxy.get('/')),
    ]).toEqual([true, false, '200 origin'])
  })

  it('an exchange says which limit rejected it, and the zone where it is used and what it did lately', async () => {
    const clock = fakeClock()
    proxy = await startWith(
      `limit_req_zone $arg_k zone=one:1m rate=1r/s; limit_req_dry_run on;
       server { location / { limit_req zone=one burst=2 delay=1; limit_req_dry_run off; limit_req_status 429; proxy_pass http://127.0.0.1:81; }
         location /dry { limit_req zone=one; proxy_pass http://127.0.0.1:81; } }
       ${origin}`,
      { clock },
    )
    for (const path of ['/?k=a', '/dry?k=a']) await proxy.get(path)
    clock.advance(16_000)
    for (const path of ['/dry?k=b', '/dry?k=b', '/dry?k=b', '/?k=b']) await proxy.get(path)
    const seen = proxy.exchanges
      .map((exchange) => keptExchange(exchange.keep())?.record())
      .filter((record) => record?.target.includes('k='))
    const fronts = seen.filter((record) => record?.location !== undefined && record.upstream !== undefined)
    expect(
      fronts.map((record) => [record?.target, record?.limit, record?.limitZone, record?.limitKey]),
    ).toEqual([
      ['/?k=a', undefined, undefined, undefined],
      ['/dry?k=a', 'REJECTED_DRY_RUN', 'one', 'a'],
      ['/dry?k=b', undefined, undefined, undefined],
      ['/dry?k=b', 'REJECTED_DRY_RUN', 'one', 'b'],
      ['/dry?k=b', 'REJECTED_DRY_RUN', 'one', 'b'],
      ['/?k=b', undefined, undefined, undefined],
    ])
    const [zone] = proxy.engine.limits()
    const begun = Date.UTC(2026, 0, 1)
    expect(zone?.history.slice(-2)).toEqual([
      { at: begun, passed: 1, delayed: 0, rejected: 0, dryRun: 1 },
      { at: begun + 15_000, passed: 2, delayed: 0, rejected: 0, dryRun: 2 },
    ])
    expect(zone?.uses.map(({ route: _route, ...use }) => use)).toEqual([
      { burst: 2, delay: 1, status: 429, dryRun: false },
      { burst: 0, delay: 0, status: 503, dryRun: true },
    ])
    expect(zone?.uses.map(({ route }) => route)).toEqual([fronts[0]?.route, fronts[1]?.route])
    expect([zone?.hottest.map(({ key, rejected }) => [key, rejected]), zone?.capacity]).toEqual([
      [
        ['b', 2],
        ['a', 1],
      ],
      8095,
    ])
  })

  it.each([
    ['server { limit_req zone=none; }', 'zero size shared memory zone "none"'],
    [
      'limit_req_zone $uri zone=a:1m rate=1r/s; limit_req_zone $host zone=a:1m rate=1r/s;',
      'limit_req_zone "a" is already bound to key "$uri"',
    ],
    [
      'limit_req_zone $uri zone=a:1m rate=1r/s; limit_req_zone $host zone=a:2m rate=1r/s;',
      'the size 2097152 of shared memory zone "a" conflicts with already declared size 1048576',
    ],
    [
      'limit_req_zone $uri zone=a:1m rate=1r/s; limit_conn_zone $uri zone=a:1m;',
      'the shared memory zone "a" is already declared for a different use',
    ],
    [
      'limit_req_zone $uri zone=a:1m rate=1r/s; server { limit_req zone=a; limit_req zone=a burst=2; }',
      '"limit_req" directive is duplicate',
    ],
  ])('refuses %s', async (text, message) => {
    proxy = await startWith(text)
    expect(proxy.problems.map((problem) => problem.message)).toContain(message)
  })
})
