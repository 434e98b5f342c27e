/** Exchanges as a busy afternoon would have them, for tests and pictures. */
import { pathKey } from '../../config/path.ts'
import type { ExchangeDetail, ExchangeRecord, FieldPair } from '../../status/exchange-record.ts'
import { seededRandom } from './random.ts'

interface Kind {
  readonly share: number
  readonly host: string
  readonly scheme: 'http' | 'https'
  readonly server: string
  readonly location?: string
  readonly targets: readonly string[]
  readonly methods: readonly string[]
  readonly statuses: readonly number[]
  readonly upstream?: string
  readonly peers?: readonly string[]
  readonly ms: number
  readonly bytes: number
  readonly cache?: readonly ('HIT' | 'MISS' | 'EXPIRED' | 'STALE' | 'BYPASS')[]
}

const shop = '443 shop.localhost www.shop.localhost'
const kinds: readonly Kind[] = [
  {
    share: 34,
    host: 'shop.localhost',
    scheme: 'https',
    server: shop,
    location: '/',
    targets: [
      '/',
      '/cart',
      '/products/blue-teapot',
      '/assets/index-9f3c21.js',
      '/assets/index-1b7.css',
      '/about',
    ],
    methods: ['GET'],
    statuses: [200, 200, 200, 200, 304],
    upstream: 'web',
    peers: ['127.0.0.1:5173'],
    ms: 9,
    bytes: 18_000,
  },
  {
    share: 30,
    host: 'shop.localhost',
    scheme: 'https',
    server: shop,
    location: '/api/',
    targets: ['/api/users?page=2', '/api/products', '/api/products/4711', '/api/orders', '/api/cart/items'],
    methods: ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'],
    statuses: [200, 200, 200, 200, 201, 200, 404, 200, 500],
    upstream: 'shop_api',
    peers: ['127.0.0.1:3001', '127.0.0.1:3001', '127.0.0.1:3001', '127.0.0.1:3002', '127.0.0.1:3003'],
    ms: 24,
    bytes: 2400,
    cache: ['HIT', 'HIT', 'MISS', 'EXPIRED', 'BYPASS', 'STALE'],
  },
  {
    share: 12,
    host: 'shop.localhost',
    scheme: 'https',
    server: shop,
    location: '~* \\.(png|jpe?g|webp|svg)$',
    targets: ['/images/teapot.webp', '/images/hero/winter-2026@2x.jpg', '/logo.svg'],
    methods: ['GET'],
    statuses: [200, 200, 304],
    upstream: 'images',
    peers: ['127.0.0.1:4100'],
    ms: 4,
    bytes: 84_000,
    cache: ['HIT', 'HIT', 'HIT', 'MISS'],
  },
  {
    share: 9,
    host: 'shop.localhost',
    scheme: 'https',
    server: shop,
    location: '^~ /search/',
    targets: ['/search/suggest?q=tea', '/search/?q=blue+teapot&page=1'],
    methods: ['GET'],
    statuses: [200, 200, 200, 504],
    upstream: 'search',
    peers: ['127.0.0.1:9200', '127.0.0.1:9200', '127.0.0.1:9201'],
    ms: 140,
    bytes: 6100,
  },
  {
    share: 3,
    host: 'shop.localhost',
    scheme: 'https',
    server: shop,
    location: '= /api/login',
    targets: ['/api/login'],
    methods: ['POST'],
    statuses: [200, 401, 503],
    upstream: 'shop_api',
    peers: ['127.0.0.1:3001', '127.0.0.1:3002'],
    ms: 60,
    bytes: 420,
  },
  {
    share: 6,
    host: 'admin.localhost',
    scheme: 'https',
    server: '443 admin.localhost',
    location: '/api/',
    targets: ['/api/reports/daily', '/api/users/12'],
    methods: ['GET', 'PATCH'],
    statuses: [200, 200, 403],
    upstream: 'shop_api',
    peers: ['127.0.0.1:3001', '127.0.0.1:3003'],
    ms: 88,
    bytes: 9000,
  },
  {
    share: 4,
    host: 'shop.localhost',
    scheme: 'http',
    server: '80 _',
    targets: ['/', '/products/blue-teapot'],
    methods: ['GET'],
    statuses: [301],
    ms: 0.4,
    bytes: 380,
  },
  {
    share: 2,
    host: 'docs.localhost',
    scheme: 'https',
    server: '443 docs.localhost',
    location: '/',
    targets: ['/guide/getting-started', '/search-index.json'],
    methods: ['GET'],
    statuses: [502],
    upstream: '127.0.0.1:4173',
    peers: ['127.0.0.1:4173'],
    ms: 2,
    bytes: 500,
  },
]

/** Makes records with ids that count up, `startedAt` as given. */
export function livelyTraffic(seed = 7): (startedAt: number) => ExchangeRecord {
  const random = seededRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const whole = kinds.reduce((sum, kind) => sum + kind.share, 0)
  let id = 0

  function pickKind(): Kind {
    let left = random() * whole
    return kinds.find((kind) => (left -= kind.share) < 0) ?? (kinds[0] as Kind)
  }

  return (startedAt) => {
    const kind = pickKind()
    const status = pick(kind.statuses)
    const cache = kind.cache && pick(kind.cache)
    const stretch = Math.exp((random() - 0.4) * 2.2)
    const peer = cache === 'HIT' ? undefined : kind.peers && pick(kind.peers)
    const durationMs = cache === 'HIT' ? 0.3 + random() * 0.5 : status === 504 ? 10_002 : kind.ms * stretch
    const path = ['http', 'servers', kind.server, ...(kind.location ? ['locations', kind.location] : [])]
    const bytes = status === 304 ? 0 : Math.round(kind.bytes * (0.5 + random()))
    return {
      id: ++id,
      startedAt,
      durationMs,
      client: '127.0.0.1',
      scheme: kind.scheme,
      protocol: kind.scheme === 'https' ? 'HTTP/2.0' : 'HTTP/1.1',
      method: pick(kind.methods),
      host: kind.host,
      target: pick(kind.targets),
      status,
      bytesSent: bytes + 340,
      bodyBytesSent: bytes,
      requestBytes: 620,
      route: pathKey(path),
      server: kind.server,
      ...(kind.location && { location: kind.location }),
      ...(kind.upstream && { upstream: kind.upstream }),
      ...(peer && { peer }),
      attempts: peer ? (random() < 0.03 ? 2 : 1) : 0,
      ...(cache && { cache }),
      ...(status === 502 && {
        error: 'connect() failed (111: Connection refused) while connecting to upstream',
      }),
      ...(status === 504 && {
        error: 'upstream timed out (110: Connection timed out) while reading response header from upstream',
      }),
    }
  }
}

/** A detail that fits a record. */
export function detailOf(record: ExchangeRecord): ExchangeDetail {
  const sent: FieldPair[] = [
    ['Host', record.host],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'],
    ['Accept', 'application/json, text/plain, */*'],
    ['Accept-Encoding', 'gzip, deflate, br'],
    ['Authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.k3y'],
    ['Cookie', 'session=0f8fad5b; theme=dark'],
    ['Connection', 'keep-alive'],
  ]
  const path = record.location === '/api/' ? record.target.replace('/api', '') : record.target
  const upstreamFields: FieldPair[] = [
    ...sent.filter(([name]) => name !== 'Connection'),
    ['X-Real-IP', record.client],
    ['X-Forwarded-For', record.client],
    ['X-Forwarded-Proto', record.scheme],
  ]
  const answer: FieldPair[] = [
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Content-Length', String(record.bodyBytesSent)],
    ['Cache-Control', 'max-age=60'],
    ['Set-Cookie', 'session=7c9e6679; Path=/; HttpOnly'],
  ]
  const proxied = record.peer !== undefined
  const failed = record.error !== undefined
  const attempt = {
    peer: record.peer ?? '',
    status: failed ? 0 : record.status,
    ...(failed ? {} : { connectMs: 0.4, headerMs: record.durationMs * 0.8 }),
    responseMs: record.durationMs * 0.95,
    reused: record.id % 2 === 0,
    ...(record.error !== undefined && { error: record.error }),
  }
  return {
    record,
    phases: [
      { name: 'server-rewrite', startMs: 0.05, durationMs: 0.02 },
      { name: 'find-config', startMs: 0.08, durationMs: 0.03 },
      { name: 'content', startMs: 0.14, durationMs: Math.max(0.05, record.durationMs - 0.2) },
    ],
    attempts: proxied ? [attempt] : [],
    request: { startLine: `${record.method} ${record.target} HTTP/1.1`, fields: sent },
    ...(proxied && {
      upstreamRequest: { startLine: `${record.method} ${path} HTTP/1.1`, fields: upstreamFields },
    }),
    ...(proxied &&
      !failed && {
        upstreamResponse: {
          startLine: `HTTP/1.1 ${record.status} OK`,
          fields: [['Server', 'node'], ...answer],
        },
      }),
    response: {
      startLine: `HTTP/1.1 ${record.status} OK`,
      fields: [['Server', 'nginx/1.22.1'], ...answer, ['X-Frame-Options', 'SAMEORIGIN']],
    },
  }
}
