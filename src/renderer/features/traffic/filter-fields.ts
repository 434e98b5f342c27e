/** What a filter can ask for, and where it finds it in a record. */
import type { ExchangeRecord } from '../../../status/exchange-record.ts'

/** How a value is compared: the whole text, its beginning, or any part of it; `*` stands for anything in all. */
export type Comparison = 'whole' | 'prefix' | 'part'

export interface TextField {
  readonly kind: 'text'
  readonly doc: string
  readonly compare: Comparison
  read(record: ExchangeRecord): string
}

export interface NumberField {
  readonly kind: 'number'
  readonly doc: string
  readonly example: string
  read(record: ExchangeRecord): number
}

/** Fields that are understood by rules of their own. */
export interface OwnField {
  readonly kind: 'status' | 'is' | 'body'
  readonly doc: string
}

export type FilterField = TextField | NumberField | OwnField

const text = (doc: string, compare: Comparison, read: TextField['read']): TextField => ({
  kind: 'text',
  doc,
  compare,
  read,
})
const number = (doc: string, example: string, read: NumberField['read']): NumberField => ({
  kind: 'number',
  doc,
  example,
  read,
})

function cacheReasons({ cacheReason, cacheNotStored }: ExchangeRecord): string {
  return [cacheReason, cacheNotStored].filter(Boolean).join(' ')
}

/** The names, and what each means. */
export const filterFields: Readonly<Record<string, FilterField>> = {
  status: { kind: 'status', doc: '404, 5xx, 200-299, 404,500' },
  host: text('the name asked for: api*', 'whole', (record) => record.host),
  path: text('the target begins with this: /api/ or *.js', 'prefix', (record) => record.target),
  method: text('GET,POST', 'whole', (record) => record.method),
  ms: number('how long it took: ms>200', 'ms>200', (record) => record.durationMs),
  bytes: number('sent to the client: bytes>1m', 'bytes>10k', (record) => record.bytesSent),
  received: number('received from the client: received>1k', 'received>1k', (record) => record.requestBytes),
  body: { kind: 'body', doc: 'a recorded body has this text: body~"token"' },
  cache: text('HIT, MISS, none', 'whole', (record) => record.cache ?? 'none'),
  why: text('why not from the cache, or not stored: expired, set-cookie', 'part', cacheReasons),
  reason: text('the same as why', 'part', cacheReasons),
  limit: text('DELAYED, REJECTED, none, or the zone', 'part', ({ limit, limitZone }) =>
    limit === undefined ? 'none' : `${limit} ${limitZone ?? ''}`,
  ),
  limitkey: text('the key that a limit held back', 'whole', (record) => record.limitKey ?? ''),
  peer: text('the address that answered: *:3001', 'whole', (record) => record.peer ?? 'none'),
  upstream: text('the name in proxy_pass', 'whole', (record) => record.upstream ?? 'none'),
  route: text('server or location: shop, /api/', 'part', ({ server, location }) =>
    [server, location].filter(Boolean).join(' '),
  ),
  server: text('the server that matched', 'part', (record) => record.server ?? ''),
  location: text('the location that matched', 'whole', (record) => record.location ?? ''),
  scheme: text('http or https', 'whole', (record) => record.scheme),
  protocol: text('HTTP/1.1, HTTP/2.0', 'part', (record) => record.protocol),
  client: text("the client's address", 'whole', (record) => record.client),
  attempts: number('tries at peers: attempts>1', 'attempts>1', (record) => record.attempts),
  error: text('what went wrong: error~refused', 'part', (record) => record.error ?? ''),
  is: { kind: 'is', doc: 'error, retried, upgraded, running, limited, kept' },
}

/** Words of `is:`, and when they hold. */
export const kinds: Readonly<Record<string, (record: ExchangeRecord) => boolean>> = {
  error: (record) => record.status >= 500 || record.error !== undefined,
  retried: (record) => record.attempts > 1,
  upgraded: (record) => record.upgraded === true,
  running: (record) => record.running === true,
  limited: (record) => record.limit !== undefined,
  kept: (record) => record.keptReply === true,
}
