/** One exchange in one sentence, as one would tell a colleague. */
import type { ExchangeDetail, ExchangeRecord } from '../../../status/exchange-record.ts'
import { inWords, measureDuration } from '../../ui/format.ts'

/** A piece of the sentence; `code` is set in the configuration's type. */
export interface Piece {
  readonly text: string
  readonly code?: true
}

const say = (text: string): Piece => ({ text })
const code = (text: string): Piece => ({ text, code: true })

/** `GET /api/users went to location /api/ of shop.localhost, was sent as /users to 127.0.0.1:3001 …`. */
export function summarize(record: ExchangeRecord, detail?: ExchangeDetail): Piece[] {
  return [
    code(`${record.method} ${record.target}`),
    ...whereTo(record),
    ...sentAs(record, detail),
    ...outcome(record),
  ]
}

function whereTo(record: ExchangeRecord): Piece[] {
  if (record.server === undefined) return [say(' was refused before a server was chosen')]
  const server = serverName(record.server)
  if (record.location === undefined) return [say(' went to server '), code(server)]
  return [say(' went to location '), code(record.location), say(' of '), code(server)]
}

/** The names of a server's key, or its listens where it has none. */
export function serverName(key: string): string {
  const [, ...names] = key.split(' ')
  return names.length > 0 ? (names[0] ?? key) : key
}

function sentAs(record: ExchangeRecord, detail: ExchangeDetail | undefined): Piece[] {
  if (record.cache === 'HIT') return [say(' and was answered from the cache')]
  if (record.peer === undefined) return [say(' and was answered here')]
  const sent = detail?.upstreamRequest?.startLine.split(' ')[1]
  const pool =
    record.upstream !== undefined && record.upstream !== record.peer
      ? [say(' of '), code(record.upstream)]
      : []
  const target = sent === undefined || sent === record.target ? [] : [say(', was sent as '), code(sent)]
  return [...target, say(target.length > 0 ? ' to ' : ', was sent to '), code(record.peer), ...pool]
}

function outcome(record: ExchangeRecord): Piece[] {
  const time = inWords(measureDuration(record.durationMs))
  const retried = record.attempts > 1 ? [say(` at the ${ordinal(record.attempts)} attempt`)] : []
  if (record.upgraded) return [...retried, say(`, became a WebSocket and stayed open for ${time}.`)]
  if (record.error === undefined) return [...retried, say(`: ${record.status} in ${time}.`)]
  return [...retried, say(`: ${record.status} after ${time}, because ${plainError(record.error)}.`)]
}

function ordinal(count: number): string {
  return ['', 'first', 'second', 'third', 'fourth'][count] ?? `${count}th`
}

const plainErrors: readonly (readonly [RegExp, string])[] = [
  [/Connection refused/, 'nothing listens there'],
  [/timed out.*reading response header/, 'it did not begin to answer in time (proxy_read_timeout)'],
  [/timed out.*connect/, 'it did not accept the connection in time (proxy_connect_timeout)'],
  [/prematurely closed/, 'it closed the connection before it had answered'],
  [/no live upstreams/, 'every peer of the upstream is sitting out a failure'],
  [/Connection reset/, 'it reset the connection'],
  [/too large body/, 'the body is larger than client_max_body_size'],
  [/could not be resolved|host not found/, 'its name is not known'],
]

/** nginx's words for an error, as a plain reason; themselves where they are not known. */
export function plainError(error: string): string {
  return plainErrors.find(([pattern]) => pattern.test(error))?.[1] ?? error
}
