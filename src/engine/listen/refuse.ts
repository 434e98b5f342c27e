/** A head that cannot be understood still gets an answer, a log line and a row. */
import { normaliseTarget } from '../../http/uri.ts'
import type { RequestBody } from '../request/body.ts'
import { endExchange } from '../request/end.ts'
import { logError } from '../request/error-log.ts'
import { finalize } from '../request/finalize.ts'
import { lineOf, makeExchange } from '../request/start.ts'
import type { Exchange } from '../request/exchange.ts'
import { fieldLines, firstValue } from '../wire/fields.ts'
import { validHost } from '../wire/host.ts'
import type { BadRequestHead, cutOffHead, RequestHead } from '../wire/request-head.ts'
import type { Http1Connection } from './http1-connection.ts'

/** Makes the exchange of a refused head; `run` answers it and closes the connection. */
export function refuseHead(
  connection: Http1Connection,
  bad: BadRequestHead,
  startedMono: number,
  body: RequestBody,
): { x: Exchange; run: () => void } {
  const { listener } = connection
  // nginx reads the target before the first field: what the fields say together comes too late.
  const { mergeSlashes } = listener.settings.virtual.default
  const badTarget = bad.head !== undefined && 'bad' in normaliseTarget(bad.head.target, { mergeSlashes })
  const ofLine = badTarget || bad.head === undefined || bad.head.version === 9
  const status = badTarget ? 400 : bad.status
  const reason = badTarget ? 'client sent invalid request' : bad.reason
  const head: RequestHead = (badTarget && bad.head ? lineOf(bad.head) : bad.head) ?? {
    method: '',
    target: '',
    version: 10,
    protocol: '',
    requestLine: bad.requestLine,
    fields: fieldLines([]),
    bytes: 0,
  }
  const serverName = badTarget ? undefined : (bad.serverName ?? serverAsked(head))
  const x = makeExchange(listener, connection, connection, head, body, serverName, startedMono)
  x.keepalive = false
  x.lingering = true
  return {
    x,
    run: () => {
      logError(x, 'info', `${reason} while reading client request ${ofLine ? 'line' : 'headers'}`)
      finalize(x, status)
    },
  }
}

/** The name of the server, if it has been read. */
function serverAsked(head: RequestHead): string | undefined {
  return head.schemeHost ?? validHost(firstValue(head.fields, 'host') ?? '')
}

/** A head that has begun and will not be whole is logged; nothing at all is not (ngx_http_close_request). */
export function endHalfHead(
  connection: Http1Connection,
  cutOff: ReturnType<typeof cutOffHead>,
  { status, told }: { status: number; told: string },
  startedMono: number,
  body: RequestBody,
): void {
  const { requestLine, head } = cutOff
  const bad: BadRequestHead = { kind: 'bad', status, reason: '', requestLine, ...(head && { head }) }
  const { x } = refuseHead(connection, bad, startedMono, body)
  x.status = status
  logError(x, 'info', `${told} while reading client request ${head ? 'headers' : 'line'}`)
  endExchange(x)
}
