/**
 * How an exchange runs, gets its answer and ends: sending a head, error pages, internal redirects
 * (ngx_http_send_header, ngx_http_finalize_request, ngx_http_special_response_handler).
 */
import { Answer } from './answer.ts'
import type { Exchange, Verdict } from './exchange.ts'
import { logError } from './error-log.ts'
import { errorPage } from './special-response.ts'
import { act, type Trial } from './trial.ts'

/**
 * Hands the head of an answer to the client, through the header filters of the location. 0: it is out.
 * Otherwise a filter wants another answer (412, 416): nothing was sent, and the caller ends its own work and
 * calls `finalize` with this status.
 */
export function sendHead(x: Exchange, answer: Answer): number {
  if (x.headSent) return 0
  if (x.errStatus) {
    answer.status = x.errStatus
    answer.reason = undefined
  }
  if (x.carried) takeCarried(x.carried, answer)
  if (x.challenges) answer.lines = challengeLines(x.challenges) + answer.lines
  x.answer = answer
  if ((!x.parent || x.included) && !x.headless) {
    for (const filter of x.included ? x.settings.includedFilters : x.settings.headerFilters) {
      const refused = filter(x, answer)
      if (refused) return refused
    }
  }
  if (answer.wraps) x.output = answer.wraps.reduceRight((inner, wrap) => wrap(inner), x.output)
  x.headSent = true
  x.headSentMono = x.cycle.clock.monotonic()
  x.client.head(x, answer)
  return 0
}

// Fields outlive internal redirects: Location and WWW-Authenticate show beside an error page.
function takeCarried(carried: Answer, answer: Answer): void {
  answer.lines = carried.lines + answer.lines
  answer.location ??= carried.location
}

function challengeLines(challenges: readonly string[]): string {
  return challenges.map((challenge) => `WWW-Authenticate: ${challenge}\r\n`).join('')
}

/** Whether the answer has no body whatever its fields say. */
export function isBodyless(x: Exchange, answer: Answer): boolean {
  return (
    // The page that refuses HEAD in HTTP/0.9 is sent: without a head there would be nothing.
    (x.method === 'HEAD' && x.head.version !== 9) ||
    x.headerOnly ||
    answer.status === 204 ||
    answer.status === 304 ||
    answer.status < 200
  )
}

/** Sends a whole answer from memory. */
export function sendWhole(x: Exchange, answer: Answer, body: Buffer): Verdict {
  answer.contentLength = body.length
  const broken = x.body.discard()
  if (broken) x.keepalive = false
  if (broken && !x.errStatus) {
    finalize(x, broken)
    return 'done'
  }
  const refused = sendHead(x, answer)
  if (refused) return refused
  if (!isBodyless(x, answer) && body.length > 0) x.output.write(x, body, 0, body.length)
  end(x)
  return 'done'
}

/** The body is whole; the exchange ends when the client's side has taken it. */
export function end(x: Exchange): void {
  x.output.end(x)
}

const noKeepalive = new Set([400, 413, 414, 497, 495, 496, 500, 501])
const noLingering = new Set([400, 497, 495, 496])

/** Ends an exchange with a verdict of a handler: a status becomes an answer, with its error page. */
export function finalize(x: Exchange, status: number): void {
  if (x.finished) return
  if (status === 444) {
    x.status = 444
    x.client.abort(x)
    return
  }
  if (status === 499 || status === 408 || x.clientGone) {
    // nginx answers nothing: the client has gone, or has not sent what it owes.
    if (!x.headSent) x.status = status
    x.client.abort(x)
    return
  }
  if (x.headSent) {
    // Too late for another answer; the client must see that this one is cut off.
    x.client.abort(x)
    return
  }
  if (!x.client.refused?.(x, status)) specialResponse(x, status)
}

function specialResponse(x: Exchange, status: number): void {
  const { settings } = x
  const previous = x.answer
  x.errStatus = status
  if (x.carried) x.carried.contentType = undefined
  if (noKeepalive.has(status)) x.keepalive = false
  if (noLingering.has(status)) x.lingering = false
  const rule = settings.errorPages?.get(status)
  if (rule && !x.errorPageDone && x.uriChangesLeft !== 0) {
    if (!settings.recursiveErrorPages) x.errorPageDone = true
    const { response } = rule
    if (response !== undefined) x.errStatus = response === 'own' ? 0 : response
    const uri = rule.uri(x)
    if (uri.startsWith('/')) {
      if (x.method !== 'HEAD') x.method = 'GET'
      const question = uri.indexOf('?')
      carry(x, previous)
      internalRedirect(
        x,
        question < 0 ? uri : uri.slice(0, question),
        question < 0 ? '' : uri.slice(question + 1),
        status,
      )
      return
    }
    if (uri.startsWith('@')) {
      carry(x, previous)
      namedLocation(x, uri.slice(1), status)
      return
    }
    const redirects = [301, 302, 303, 307, 308]
    if (typeof response !== 'number' || !redirects.includes(response)) x.errStatus = 302
    const answer = new Answer(x.errStatus)
    answer.location = uri
    sendPage(x, answer, x.errStatus)
    return
  }
  const answer = new Answer(status)
  answer.location = previous?.location
  if (previous) answer.lines = previous.lines
  answer.remove('accept-ranges')
  answer.remove('last-modified')
  answer.remove('etag')
  if (status >= 494 && status <= 497) x.errStatus = 400
  sendPage(x, answer, status)
}

function carry(x: Exchange, previous: Answer | undefined): void {
  x.answer = undefined
  if (previous?.lines || previous?.location !== undefined) x.carried = previous
}

function sendPage(x: Exchange, answer: Answer, status: number): void {
  const page = errorPage(x, status)
  if (page !== '') answer.contentType = 'text/html'
  x.body.expectTested = true
  sendWhole(x, answer, Buffer.from(page, 'latin1'))
}

/** Goes back to the server's rewrites with another URI (ngx_http_internal_redirect). `page`: the status whose page it is. */
export function internalRedirect(x: Exchange, uri: string, args: string, page?: number): void {
  if (x.trial) tellRedirect(x.trial, uri + (args === '' ? '' : `?${args}`), page)
  if (--x.uriChangesLeft === 0) {
    logError(x, 'error', `rewrite or internal redirection cycle while internally redirecting to "${uri}"`)
    finalize(x, 500)
    return
  }
  setUri(x, uri)
  x.args = args
  x.settings = x.server.root
  x.internal = true
  x.validUnparsedUri = false
  x.validLocation = true
  x.quotedUri = false
  x.uriChanged = false
  x.handlers = x.server.internalEntry
  x.handlerAt = 0
  advance(x)
}

/** Goes on in `location @name` with the URI as it is (ngx_http_named_location). */
export function namedLocation(x: Exchange, name: string, page?: number): void {
  if (x.trial) tellRedirect(x.trial, `@${name}`, page)
  if (--x.uriChangesLeft === 0) {
    logError(x, 'error', `rewrite or internal redirection cycle while redirect to named location "@${name}"`)
    finalize(x, 500)
    return
  }
  if (x.uri === '') {
    logError(x, 'error', `empty URI in redirect to named location "@${name}"`)
    finalize(x, 500)
    return
  }
  const location = x.server.named.get(name)
  if (!location) {
    logError(x, 'error', `could not find named location "@${name}"`)
    finalize(x, 500)
    return
  }
  x.internal = true
  x.uriChanged = false
  x.enter(location)
  advance(x)
}

function tellRedirect(trial: Trial, to: string, page: number | undefined): void {
  trial.tell({ step: 'internal-redirect', to, ...(page !== undefined && { status: page }) })
}

/** Sets the path and the ending that types are found by. */
export function setUri(x: Exchange, uri: string): void {
  x.uri = uri
  const slash = uri.lastIndexOf('/')
  const dot = uri.lastIndexOf('.')
  x.exten = dot > slash + 1 ? uri.slice(dot + 1) : ''
}

/** Runs handlers from where the exchange stands, until one takes it or all have run. */
export function advance(x: Exchange): void {
  while (!x.finished) {
    const handler = x.handlers[x.handlerAt]
    if (!handler) return
    x.handlerAt++
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = x.trial ? act(x, handler) : handler(x)
    } catch (error) {
      fail(x, error)
      return
    }
    if (typeof verdict === 'object') {
      verdict.then(
        (settled) => {
          if (take(x, settled)) advance(x)
        },
        (error: unknown) => fail(x, error),
      )
      return
    }
    if (!take(x, verdict)) return
  }
}

function take(x: Exchange, verdict: Verdict): boolean {
  if (verdict === 'declined' || verdict === 'ok') return !x.finished
  if (verdict !== 'done') finalize(x, verdict)
  return false
}

// Ours: a mistake of this program must cost one exchange, not the process.
function fail(x: Exchange, error: unknown): void {
  logError(
    x,
    'alert',
    `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  )
  finalize(x, 500)
}
