import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { noLocal } from '../../config/local.ts'
import type { Explanation, ExplainStep } from '../../status/explanation.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let started: Started | undefined
let origin: ScriptedOrigin | undefined

afterEach(async () => {
  await started?.stop()
  await origin?.close()
  started = origin = undefined
})

async function start(http: string): Promise<Started> {
  return (started = await startWith(http))
}

interface Question {
  host?: string
  method?: string
  fields?: [string, string][]
  client?: string
  port?: number
}

async function ask(path: string, question: Question = {}): Promise<Explanation> {
  if (!started) throw new Error('nothing runs')
  const { host = 'localhost', method = 'GET', fields = [], client, port = 80 } = question
  const result = await started.engine.explain({
    url: `http://127.0.0.1:${started.port(port)}${path}`,
    method,
    fields: [['Host', host], ...fields],
    client,
  })
  if (result.outcome !== 'explained') throw new Error(JSON.stringify(result.problems))
  return result.explanation
}

function stepOf<S extends ExplainStep['step']>(
  { steps }: Explanation,
  step: S,
): Extract<ExplainStep, { step: S }> {
  const found = steps.find((one): one is Extract<ExplainStep, { step: S }> => one.step === step)
  if (!found) throw new Error(`there is no step ${step}`)
  return found
}

function reasons(candidates: readonly { label: string; why: string }[]): string[] {
  return candidates.map(({ label, why }) => `${label}: ${why}`)
}

test('each server says why it answers or does not', async () => {
  await start(`
    server { listen 80; server_name first.test; }
    server { listen 80; server_name shop.test; }
    server { listen 80; server_name *.test; }
    server { listen 80; server_name shop.*; }
    server { listen 80; server_name ~^shop; }
    server { listen 81; server_name shop.test; }`)
  expect(reasons(stepOf(await ask('/', { host: 'Shop.test:80' }), 'server').candidates)).toEqual([
    'first.test: other-name',
    'shop.test: exact-name',
    '*.test: less-exact',
    'shop.*: less-exact',
    '~^shop: less-exact',
    'shop.test: other-listen',
  ])
  expect(reasons(stepOf(await ask('/', { host: 'shop.org' }), 'server').candidates)).toEqual([
    'first.test: other-name',
    'shop.test: other-name',
    '*.test: other-name',
    'shop.*: prefix-name',
    '~^shop: less-exact',
    'shop.test: other-listen',
  ])
  const nobody = stepOf(await ask('/', { host: 'other' }), 'server').candidates
  expect(reasons(nobody)[0]).toBe('first.test: default')
})

test('each location says why it answers or does not', async () => {
  await start(`server { listen 80;
    location / { return 200; }
    location /docs/ { return 200; location ~ \\.pdf$ { return 200; } location /docs/old/ { return 200; } }
    location = /docs/ { return 200; }
    location ^~ /images/ { return 200; }
    location ~ \\.png$ { return 200; }
    location ~ ^/docs { return 200; }
    location @later { return 200; } }`)
  expect(reasons(stepOf(await ask('/docs/a.pdf'), 'location').candidates)).toEqual([
    '/: shorter',
    '/docs/: holds-winner',
    '~ \\.pdf$: first-expression',
    '/docs/old/: no-match',
    '= /docs/: no-match',
    '^~ /images/: no-match',
    '~ \\.png$: no-match',
    '~ ^/docs: expressions-not-tried',
    '@later: only-by-name',
  ])
  expect(reasons(stepOf(await ask('/images/a.png'), 'location').candidates)).toEqual([
    '/: shorter',
    '/docs/: no-match',
    '~ \\.pdf$: outer-lost',
    '/docs/old/: outer-lost',
    '= /docs/: no-match',
    '^~ /images/: decisive-prefix',
    '~ \\.png$: expressions-not-tried',
    '~ ^/docs: no-match',
    '@later: only-by-name',
  ])
  expect(reasons(stepOf(await ask('/docs/a.png'), 'location').candidates)).toEqual([
    '/: shorter',
    '/docs/: expression-won',
    '~ \\.pdf$: no-match',
    '/docs/old/: no-match',
    '= /docs/: no-match',
    '^~ /images/: no-match',
    '~ \\.png$: first-expression',
    '~ ^/docs: later-expression',
    '@later: only-by-name',
  ])
})

test('rewrites are told step by step, with what they make of the URI', async () => {
  await start(`server { listen 80;
    location /old/ { set $a "b c"; rewrite ^/none x; rewrite ^/old/(.*)$ /new/$1?from=$a last; }
    location /new/ { if ($arg_from) { return 302 /seen; } } }`)
  const explanation = await ask('/old/x?y=1')
  expect(
    explanation.steps.flatMap((step) =>
      step.step === 'rewrite' ? [[step.directive, step.outcome, step.before, step.after]] : [],
    ),
  ).toEqual([
    ['set $a b c', 'set', undefined, 'b c'],
    ['rewrite ^/none x', 'no-match', '/old/x', undefined],
    ['rewrite ^/old/(.*)$ /new/$1?from=$a last', 'changed', '/old/x?y=1', '/new/x?from=b c&y=1'],
    ['if ($arg_from)', 'holds', undefined, undefined],
    ['return 302 /seen', 'returns', undefined, '/seen'],
  ])
  expect(explanation.outcome).toMatchObject({ kind: 'answered', status: 302 })
})

test('limits say the load with this request, and nothing is counted by asking', async () => {
  await start(`limit_req_zone $http_user zone=one:1m rate=1r/m;
    server { listen 80; limit_req zone=one burst=1 nodelay; location / { try_files /none =404; } }`)
  const fields: [string, string][] = [['User', 'a']]
  const limit = async (): Promise<unknown> => {
    const { key, load, most, verdict } = stepOf(await ask('/', { fields }), 'limit')
    return [key, Math.ceil(load), most, verdict]
  }
  expect(await limit()).toEqual(['a', 0, 1, 'passes'])
  expect(await limit()).toEqual(['a', 0, 1, 'passes'])
  await started?.get('/', ['User: a'])
  await started?.get('/', ['User: a'])
  expect(await limit()).toEqual(['a', 2, 1, 'refused'])
  expect((await ask('/', { fields })).outcome).toMatchObject({ kind: 'answered', status: 503 })
  expect(stepOf(await ask('/'), 'limit').verdict).toBe('not-counted')
})

test('the rule that decides is named, for the address that real_ip finds', async () => {
  await start(`server { listen 80; set_real_ip_from 127.0.0.1; allow 10.0.0.0/8; deny all;
    location / { return 200; } location /api/ { proxy_pass http://127.0.0.1:1; } }`)
  const outside = await ask('/api/', { fields: [['X-Real-IP', '192.0.2.1']] })
  expect(stepOf(outside, 'real-ip')).toMatchObject({ from: '127.0.0.1', to: '192.0.2.1' })
  expect(stepOf(outside, 'access')).toMatchObject({ address: '192.0.2.1', rule: 'deny all', allowed: false })
  expect(outside.outcome).toMatchObject({ kind: 'answered', status: 403 })
  const inside = await ask('/api/', { client: '10.1.2.3' })
  expect(stepOf(inside, 'access')).toMatchObject({ rule: 'allow 10.0.0.0/8', allowed: true })
})

test('what is stored is seen, and looking changes nothing', async () => {
  origin = await scriptedOrigin(() => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
  await start(`proxy_cache_path cache keys_zone=one:1m;
    server { listen 80; location / { proxy_pass http://127.0.0.1:${origin.port}; proxy_cache one;
      proxy_cache_valid 200 10m; proxy_cache_bypass $http_pragma; add_header X-Cache $upstream_cache_status; } }`)
  const seen = async (question: Question = {}): Promise<unknown> => {
    const { outcome } = await ask('/a', question)
    return outcome.kind === 'proxied' && [outcome.cache?.verdict, outcome.cache?.reason, outcome.added]
  }
  expect(await seen()).toEqual(['MISS', 'key-not-there', ['X-Cache: MISS']])
  expect(started?.engine.caches()[0]).toMatchObject({ keys: 0, verdicts: {} })
  await started?.get('/a')
  expect(await seen()).toEqual(['HIT', undefined, ['X-Cache: HIT']])
  expect(await seen({ fields: [['Pragma', 'no-cache']] })).toEqual(['BYPASS', 'bypass', ['X-Cache: BYPASS']])
  expect(await seen({ method: 'POST' })).toEqual([undefined, 'method', []])
  expect(origin.requests).toHaveLength(1)
  expect(started?.engine.caches()[0]).toMatchObject({ keys: 1, verdicts: { MISS: 1 } })
})

test('the peer whose turn it is stays next, however often one asks', async () => {
  await start(`upstream pool { server 127.0.0.1:1 weight=2; server 127.0.0.2:1; server 127.0.0.3:1 down; }
    server { listen 80; location / { proxy_pass http://pool; } }`)
  const peers = async (): Promise<unknown> => {
    const { outcome } = await ask('/')
    return (
      outcome.kind === 'proxied' && outcome.peers.map(({ address, state, next }) => [address, state, next])
    )
  }
  const expected = [
    ['127.0.0.1:1', 'may-be-picked', true],
    ['127.0.0.2:1', 'may-be-picked', false],
    ['127.0.0.3:1', 'down', false],
  ]
  expect(await peers()).toEqual(expected)
  expect(await peers()).toEqual(expected)
})

test('a request that nobody would hear says so', async () => {
  await start(`server { listen 80; }`)
  const result = await started?.engine.explain({ url: 'http://localhost:9/', method: 'GET', fields: [] })
  expect(result).toMatchObject({
    explanation: { outcome: { kind: 'nothing-listens', port: 9, listens: ['*:80'] } },
  })
  expect(
    await started?.engine.explain({
      url: `https://localhost:${started.port(80)}/`,
      method: 'GET',
      fields: [],
    }),
  ).toMatchObject({ explanation: { outcome: { kind: 'not-tls' } } })
})

test('another configuration is asked about without being run', async () => {
  const { engine } = await start(`server { listen 80; location / { return 200 running; } }`)
  const listens = engine.listeners()
  const config = {
    http: {
      servers: [
        {
          listen: [{ address: '*', port: 8123 }],
          locations: [
            { modifier: '' as const, pattern: '/', rewrites: [{ directive: 'return' as const, code: 204 }] },
            { modifier: '' as const, pattern: '/off/' },
          ],
        },
      ],
    },
  }
  const off = ['http', 'servers', '8123', 'locations', '/off/'].join('\u001f')
  const result = await engine.explain(
    { url: 'http://localhost:8123/off/x', method: 'GET', fields: [] },
    { config, local: { ...noLocal, off: [off] } },
  )
  if (result.outcome !== 'explained') throw new Error(JSON.stringify(result.problems))
  expect(reasons(stepOf(result.explanation, 'location').candidates)).toEqual([
    '/: longest-prefix',
    '/off/: switched-off',
  ])
  expect(result.explanation.outcome).toMatchObject({ kind: 'answered', status: 204 })
  expect(engine.listeners()).toEqual(listens)
})

test('files are looked for, found, and not sent', async () => {
  await start(
    `server { listen 80; root ${import.meta.dirname}; location / { try_files $uri /explain.test.ts; } }`,
  )
  const { outcome, steps } = await ask('/nothing')
  expect(steps.flatMap((one) => (one.step === 'try-file' ? [[one.path, one.found]] : []))).toEqual([
    [`${import.meta.dirname}/nothing`, false],
    [`${import.meta.dirname}/explain.test.ts`, true],
    [`${import.meta.dirname}/explain.test.ts`, true],
  ])
  const size = readFileSync(import.meta.filename).length
  expect(outcome.kind === 'answered' && /Content-Length: \d+/.exec(outcome.head)?.[0]).toBe(
    `Content-Length: ${size}`,
  )
})

test('a handshake that is turned away, and plain HTTP where TLS is spoken, end before any location', async () => {
  const { engine, port } = await start(
    `server { listen 443 ssl; ssl_reject_handshake on; server_name shut.test; }`,
  )
  const of = async (url: string): Promise<unknown> => {
    const result = await engine.explain({ url, method: 'GET', fields: [] })
    return result.outcome === 'explained' && result.explanation.outcome
  }
  expect(await of(`https://shut.test:${port(443)}/`)).toMatchObject({
    kind: 'handshake-refused',
    place: { label: 'shut.test' },
  })
  // The port of the configuration stands for the one that is open here.
  expect(await of('https://shut.test/')).toMatchObject({ kind: 'handshake-refused' })
  expect(await of(`http://shut.test:${port(443)}/`)).toMatchObject({ kind: 'answered', status: 400 })
})

test('what nobody can know is said: permission of a subrequest, a name that is looked up later', async () => {
  await start(`resolver 127.0.0.1:1;
    server { listen 80; location / { auth_request /may; set $to api.invalid; proxy_pass http://$to/; }
      location = /may { return 204; } }`)
  const { unknown, steps } = await ask('/')
  expect(unknown).toEqual(['auth-request', 'name-lookup', 'upstream-answer'])
  expect(steps.find(({ step }) => step === 'ask-first')).toEqual({ step: 'ask-first', uri: '/may' })
})

test('a try at an error page is told with the status it stands for', async () => {
  await start(`server { listen 80; error_page 403 = /sorry; location / { deny all; try_files /none =404; }
    location = /sorry { return 200 sorry; } }`)
  const { steps, outcome } = await ask('/a')
  expect(steps.find(({ step }) => step === 'internal-redirect')).toEqual({
    step: 'internal-redirect',
    to: '/sorry',
    status: 403,
  })
  expect(outcome).toMatchObject({ kind: 'answered', status: 200, place: { label: '= /sorry' } })
})
