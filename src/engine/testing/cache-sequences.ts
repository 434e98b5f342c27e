/**
 * Sequences of exchanges at a cache, made from a seed: what the client asks, what the origin would answer, and
 * how much time passes. They are played on a real nginx and on the engine; what comes of them is to be the same.
 */
import { seededRandom } from './seeded-random.ts'

/** What the origin answers if it is asked. */
export interface OriginScript {
  readonly status: number
  /** Field lines. */
  readonly fields: readonly string[]
  /** It closes without an answer, or never answers. */
  readonly fault?: 'close' | 'silence'
  readonly chunked?: true
}

/** One exchange, `wait` seconds after the one before. */
export interface SequenceStep {
  readonly wait: number
  readonly method: string
  /** Field lines. */
  readonly fields: readonly string[]
  readonly query: string
  readonly origin: OriginScript
}

/** Exchanges with one path. */
export interface Sequence {
  readonly path: string
  readonly steps: readonly SequenceStep[]
}

/** What the client sees of an exchange. */
export interface Seen {
  readonly status: number
  readonly cache: string
  readonly body: string
  readonly fields: string
}

const locations: readonly (readonly [name: string, settings: string])[] = [
  ['plain', 'proxy_cache_valid 200 302 2s; proxy_cache_valid 404 1s;'],
  ['any', 'proxy_cache_valid any 1s;'],
  ['stale', 'proxy_cache_use_stale error timeout http_500 http_503 http_404 updating;'],
  ['background', 'proxy_cache_use_stale updating error http_500; proxy_cache_background_update on;'],
  ['rfc5861', 'proxy_cache_background_update on;'],
  ['revalidate', 'proxy_cache_revalidate on; proxy_cache_valid 200 1s;'],
  [
    'revalidate-stale',
    'proxy_cache_revalidate on; proxy_cache_use_stale updating http_500; proxy_cache_background_update on;',
  ],
  [
    'revalidate-alone',
    'proxy_cache_revalidate on; proxy_cache_valid 200 1s; proxy_ignore_headers Cache-Control Expires X-Accel-Expires Set-Cookie Vary;',
  ],
  ['uses', 'proxy_cache_min_uses 2; proxy_cache_valid 200 2s;'],
  ['lock', 'proxy_cache_lock on; proxy_cache_valid 200 1s;'],
  [
    'ignoring',
    'proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires; proxy_cache_valid 200 2s;',
  ],
  [
    'conditions',
    'proxy_cache_bypass $http_x_bypass $arg_bypass; proxy_no_cache $http_x_no_store; proxy_cache_valid 200 2s;',
  ],
  [
    'methods',
    'proxy_cache_methods POST; proxy_cache_key $request_method$uri; proxy_cache_convert_head off; proxy_cache_valid 200 2s;',
  ],
  ['offset', 'proxy_cache_max_range_offset 4; proxy_cache_valid 200 2s;'],
  [
    'errors',
    'proxy_cache_valid 502 504 503 2s; proxy_intercept_errors on; error_page 503 /page; proxy_ignore_headers Cache-Control Expires X-Accel-Expires;',
  ],
  ['unbuffered', 'proxy_buffering off; proxy_cache_valid 200 2s;'],
]

/** The inside of `http { }` for the sequences; `cacheFolder` below the prefix, `origin` as address and port. */
export function cacheConfig(origin: string, listen: string): string {
  const blocks = locations.map(
    ([name, settings]) => `location /${name}/ { proxy_pass http://${origin}; proxy_cache c; ${settings} }`,
  )
  return `
proxy_cache_path cache levels=1:2 keys_zone=c:1m;
server {
  listen ${listen};
  add_header X-Cache $upstream_cache_status always;
  proxy_read_timeout 150ms;
  location = /page { return 200 page; }
  ${blocks.join('\n  ')}
}`
}

/** The same ones for the same count. */
export function cacheSequences(count: number): Sequence[] {
  const random = seededRandom('cache sequences')
  return Array.from({ length: count }, (_, i) => {
    const [name] = locations[i % locations.length] ?? ['plain']
    const steps = 4 + Math.floor(random() * 5)
    return {
      path: `/${name}/${i}`,
      steps: Array.from({ length: steps }, () => stepOf(random)),
    }
  })
}

type Random = () => number

function one<T>(random: Random, choices: readonly (readonly [weight: number, value: T])[]): T {
  const total = choices.reduce((sum, [weight]) => sum + weight, 0)
  let at = random() * total
  for (const [weight, value] of choices) {
    at -= weight
    if (at < 0) return value
  }
  const [, last] = choices.at(-1) as readonly [number, T] // no list is empty
  return last
}

function some<T>(random: Random, choices: readonly (readonly [chance: number, value: T])[]): T[] {
  return choices.flatMap(([chance, value]) => (random() < chance ? [value] : []))
}

function stepOf(random: Random): SequenceStep {
  return {
    wait: one(random, [
      [5, 0],
      [3, 1],
      [3, 2],
      [1, 3],
    ]),
    method: one(random, [
      [12, 'GET'],
      [2, 'HEAD'],
      [1, 'POST'],
    ]),
    query: one(random, [
      [9, ''],
      [1, '?bypass=1'],
    ]),
    fields: some(random, [
      [0.08, 'Range: bytes=2-3'],
      [0.05, 'Range: bytes=5-'],
      [0.03, 'Range: bytes=-2'],
      [0.1, 'Accept-Encoding: gzip'],
      [0.05, 'Accept-Encoding: br , gzip'],
      [0.1, 'X-Bypass: 1'],
      [0.1, 'X-No-Store: 1'],
      [0.05, 'X-Bypass: 0'],
      [0.06, 'If-None-Match: "one"'],
      [0.03, 'If-Modified-Since: Sun, 01 Nov 2020 00:00:00 GMT'],
      [0.03, 'Cookie: a=b'],
      [0.03, 'Authorization: Basic YTpi'],
    ]),
    origin: originOf(random),
  }
}

function originOf(random: Random): OriginScript {
  const fault = one<'close' | 'silence' | undefined>(random, [
    [40, undefined],
    [3, 'close'],
    [1, 'silence'],
  ])
  const status = one(random, [
    [16, 200],
    [2, 500],
    [2, 404],
    [1, 503],
    [1, 302],
    [1, 204],
  ])
  return {
    status,
    fields: some(random, [
      [0.15, 'Cache-Control: max-age=1'],
      [0.15, 'Cache-Control: max-age=2'],
      [0.06, 'Cache-Control: max-age=1, stale-while-revalidate=2'],
      [0.06, 'Cache-Control: max-age=1, stale-if-error=3'],
      [0.04, 'Cache-Control: s-maxage=2, max-age=0'],
      [0.03, 'Cache-Control: no-cache'],
      [0.03, 'Cache-Control: no-store'],
      [0.03, 'Cache-Control: private, max-age=3'],
      [0.03, 'Cache-Control: max-age=0'],
      [0.03, 'Cache-Control: max-age=x'],
      [0.04, 'X-Accel-Expires: 1'],
      [0.02, 'X-Accel-Expires: 0'],
      [0.02, 'X-Accel-Expires: @4102444800'],
      [0.03, 'Expires: Thu, 01 Jan 1970 00:00:01 GMT'],
      [0.03, 'Expires: Fri, 01 Jan 2100 00:00:00 GMT'],
      [0.03, 'Expires: soon'],
      [0.05, 'Set-Cookie: s=1'],
      [0.08, 'Vary: Accept-Encoding'],
      [0.02, 'Vary: *'],
      [0.6, 'ETag: "one"'],
      [0.4, 'Last-Modified: Sun, 01 Nov 2020 00:00:00 GMT'],
      [0.1, 'Accept-Ranges: bytes'],
      [0.02, 'X-Accel-Buffering: no'],
    ]),
    ...(fault && { fault }),
    ...(random() < 0.15 && { chunked: true as const }),
  }
}

/** The client's bytes of a step; the origin finds its script in them. */
export function stepRequest(path: string, step: SequenceStep): string {
  const body = step.method === 'POST' ? 'abc' : ''
  return [
    `${step.method} ${path}${step.query} HTTP/1.1`,
    'Host: localhost',
    `X-Script: ${encodeURIComponent(JSON.stringify(step.origin))}`,
    ...step.fields,
    ...(body ? [`Content-Length: ${body.length}`] : []),
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

/** What the origin answers to a request it got, the `count`th with this path; undefined: nothing, and it closes or waits. */
export function originAnswer(request: string, count: number): { answer?: string; wait?: true } {
  const script = JSON.parse(
    decodeURIComponent(/^X-Script: (.*)\r$/m.exec(request)?.[1] ?? '{}'),
  ) as OriginScript
  if (script.fault) return script.fault === 'silence' ? { wait: true } : {}
  const known =
    (/^If-None-Match: "one"\r$/m.test(request) && script.fields.includes('ETag: "one"')) ||
    (/^If-Modified-Since: (Sun, 01 Nov 2020 00:00:00 GMT)\r$/m.test(request) &&
      script.fields.some((line) => line.startsWith('Last-Modified')))
  const unchanged = known && script.status === 200
  const body = unchanged || script.status === 204 ? '' : `body ${count} of the origin`
  const method = request.slice(0, request.indexOf(' '))
  const bare = unchanged || script.status === 204
  const chunked = script.chunked === true && /^\S+ \S+ HTTP\/1\.1/.test(request)
  const framing = bare ? [] : chunked ? ['Transfer-Encoding: chunked'] : [`Content-Length: ${body.length}`]
  const head = [
    `HTTP/1.1 ${unchanged ? '304 Not Modified' : `${script.status} Said`}`,
    ...script.fields,
    ...(script.status === 302 ? ['Location: http://elsewhere.test/'] : []),
    ...framing,
    'Connection: close',
    '',
    '',
  ].join('\r\n')
  return { answer: method === 'HEAD' || bare ? head : head + body }
}

const shown = new Set([
  'content-range',
  'etag',
  'content-length',
  'transfer-encoding',
  'accept-ranges',
  'vary',
])

/** What is compared of an answer. */
export function seenOf(answer: string): Seen {
  const end = answer.indexOf('\r\n\r\n')
  const [first = '', ...lines] = answer.slice(0, Math.max(0, end)).split('\r\n')
  const fields = lines.filter((line) => shown.has((line.split(':')[0] ?? '').toLowerCase())).sort()
  return {
    status: Number(first.split(' ')[1] ?? 0),
    cache: /^X-Cache: (.*)$/m.exec(lines.join('\n'))?.[1] ?? '-',
    body: end < 0 ? '' : answer.slice(end + 4),
    fields: fields.join(', '),
  }
}
