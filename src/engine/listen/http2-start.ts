/** From a head that is whole to an exchange that runs, or is refused (ngx_http_v2_run_request). */
import { normaliseTarget } from '../../http/uri.ts'
import type { ServerSettings } from '../cycle/settings.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { finalize } from '../request/finalize.ts'
import { makeExchange, runExchange } from '../request/start.ts'
import { validHost } from '../wire/host.ts'
import { requestFraming, type BadFraming } from '../wire/request-framing.ts'
import type { RequestHead } from '../wire/request-head.ts'
import type { Http2Connection } from './http2-connection.ts'
import type { ReadRequest } from './http2-request.ts'
import type { Http2Stream } from './http2-stream.ts'

/** A head that can be answered. */
type Answerable = Exclude<ReadRequest, { kind: 'malformed' }>

/** The server whose rules for names count: the one that is asked for. */
export function serverOf(connection: Http2Connection, authority: string | undefined): ServerSettings {
  const name = authority === undefined ? undefined : validHost(authority)
  if (name === undefined) return connection.server
  const { settings } = connection.listener
  const virtual = settings.byAddress?.get(connection.localAddress) ?? settings.virtual
  return virtual.names.find(name)?.server ?? connection.server
}

/** Runs the request of a stream, or refuses it. */
export function startStream(connection: Http2Connection, stream: Http2Stream, read: Answerable): void {
  if (read.kind === 'bad') {
    refuse(connection, stream, read, { bad: 400, reason: read.reason })
    return
  }
  const framing = framingOf(read.head)
  if ('bad' in framing) {
    refuse(connection, stream, read, framing)
    return
  }
  const { webSocket } = read
  const unknown = framing.body === 'chunked' || (framing.body === 'none' && !stream.inClosed && !webSocket)
  const kind = unknown ? 'chunked' : framing.body
  const x = exchangeOf(connection, stream, read, kind, framing.length, framing.serverName)
  stream.begin(x, webSocket, () => {
    for (const name of read.dropped)
      logError(x, 'info', `client sent invalid header: "${name}" while reading client request headers`)
    if (framing.length > 0 && stream.inClosed) {
      logError(x, 'info', 'client prematurely closed stream while reading client request headers')
      finalize(x, 400)
    } else runExchange(x, false)
  })
}

function refuse(
  connection: Http2Connection,
  stream: Http2Stream,
  read: Answerable,
  { bad, reason, serverName = '' }: BadFraming,
): void {
  const x = exchangeOf(connection, stream, read, 'none', 0, serverName)
  stream.begin(x, false, () => {
    logError(x, 'info', `${reason} while reading client request headers`)
    finalize(x, bad)
  })
}

// nginx reads the path as it comes, before any field can be wrong.
function framingOf(head: RequestHead): ReturnType<typeof requestFraming> {
  const framing = requestFraming(head)
  const bad = 'bad' in framing && 'bad' in normaliseTarget(head.target, { mergeSlashes: true })
  return bad ? { bad: 400, reason: 'client sent invalid request' } : framing
}

function exchangeOf(
  { listener }: Http2Connection,
  stream: Http2Stream,
  { head }: Answerable,
  kind: 'none' | 'length' | 'chunked',
  length: number,
  serverName: string,
): Exchange {
  const body = stream.receiving.makeBody(kind, length)
  const now = listener.cycle.clock.monotonic()
  const x = makeExchange(listener, stream, stream, head, body, serverName, now)
  x.keepalive = false
  return x
}
