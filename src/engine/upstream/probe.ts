/** One question of an active check: a connection of its own, a small request, and what is wrong with the answer. */
import { connect, isIP, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import { formatDuration } from '../../base/units.ts'
import type { ActiveCheck } from '../../config/local.ts'
import { systemError } from '../request/system-error.ts'
import { ChunkedReader } from '../wire/chunked.ts'
import { latin1 } from '../wire/latin1.ts'
import { parseResponseHead } from '../wire/response-head.ts'
import { responseFraming, type ResponseFraming } from '../wire/response-framing.ts'
import { askedFor, unexpected } from './expected-answer.ts'
import type { Dial } from './peer.ts'

// Of a body so much is looked at; heads are longer nowhere.
const mostBytes = 64 * 1024

/** A question that is under way. */
export interface Probe {
  /** Ends it without an answer. */
  cancel(): void
}

/** Asks; `done` is called once, with what is wrong in words or nothing, and not after `cancel`. `name`: the upstream's. */
export function probe(
  dial: Dial,
  check: ActiveCheck,
  name: string,
  clock: Clock,
  done: (wrong: string | undefined) => void,
): Probe {
  const asked = askedFor(check)
  let over = false
  let doing = 'connect()'
  const socket = open(dial, check, name, () => {
    doing = 'recv()'
    socket.write(request(check, name), 'latin1')
  })
  const end = (wrong: string | undefined, tell = true): void => {
    if (over) return
    over = true
    timer.cancel()
    socket.destroy()
    if (tell) done(wrong)
  }
  const timer = clock.after(check.timeout, () =>
    end(`${asked}: no answer within ${formatDuration(check.timeout)}`),
  )
  const answer = new Answer(check)
  socket.on('data', (piece: Buffer) => {
    const verdict = answer.take(piece)
    if (verdict) end(verdict.wrong)
  })
  socket.on('end', () => end(answer.ended()))
  socket.on('error', (error: NodeJS.ErrnoException) =>
    end(`${asked}: ${doing} failed (${systemError(error)})`),
  )
  socket.on('close', () => end(`${asked}: the peer closed the connection without an answer`))
  return { cancel: () => end(undefined, false) }
}

function open(dial: Dial, check: ActiveCheck, name: string, ready: () => void): Socket {
  const where = 'path' in dial ? dial : { host: dial.host, port: check.port ?? dial.port }
  if (!check.ssl) return connect({ ...where, noDelay: true }, ready)
  const host = (check.host ?? name).replace(/:\d+$/, '')
  return tlsConnect(
    {
      ...where,
      rejectUnauthorized: false,
      // Names of upstreams may hold what no host name may; SNI is left out then, as nginx does for addresses.
      ...(/^[a-z0-9.-]+$/i.test(host) && !isIP(host) && { servername: host }),
    },
    ready,
  )
}

function request(check: ActiveCheck, name: string): string {
  return (
    `${check.method} ${check.path} HTTP/1.1\r\nHost: ${check.host ?? name}\r\n` +
    'User-Agent: Sluicegate (active check)\r\nAccept: */*\r\nConnection: close\r\n\r\n'
  )
}

/** An answer as it comes. */
class Answer {
  readonly #check: ActiveCheck
  #bytes = Buffer.alloc(0)
  #scannedTo = 0
  #head: { readonly status: number; readonly next: number; readonly framing: ResponseFraming } | undefined

  constructor(check: ActiveCheck) {
    this.#check = check
  }

  /** What is said of it; undefined while more is needed. */
  take(piece: Buffer): { readonly wrong: string | undefined } | undefined {
    this.#bytes = Buffer.concat([this.#bytes, piece])
    return this.#readHead() ?? this.#readBody(false)
  }

  /** The connection has ended. */
  ended(): string | undefined {
    const said = this.#readBody(true)
    return said ? said.wrong : `${askedFor(this.#check)}: the peer closed the connection without an answer`
  }

  #readHead(): { readonly wrong: string } | undefined {
    if (this.#head) return undefined
    const { method } = this.#check
    const result = parseResponseHead(this.#bytes, 0, this.#bytes.length, this.#scannedTo)
    if (result.kind === 'bad') return { wrong: `${askedFor(this.#check)}: ${result.reason}` }
    if (result.kind === 'more') {
      this.#scannedTo = result.scannedTo
      return this.#bytes.length > mostBytes
        ? { wrong: `${askedFor(this.#check)}: too big header` }
        : undefined
    }
    const { head, next } = result
    // An interim answer: the real one follows.
    if (head.status < 200 && head.status !== 101) {
      this.#bytes = this.#bytes.subarray(next)
      this.#scannedTo = 0
      return this.#readHead()
    }
    const framing = responseFraming(head, method)
    if ('bad' in framing) return { wrong: `${askedFor(this.#check)}: ${framing.bad}` }
    this.#head = { status: head.status, next, framing }
    return undefined
  }

  #readBody(ended: boolean): { readonly wrong: string | undefined } | undefined {
    const head = this.#head
    if (!head) return undefined
    const { status, next, framing } = head
    const wrong = unexpected(this.#check, status, undefined)
    if (wrong !== undefined || this.#check.body === undefined) return { wrong }
    const come = this.#bytes.subarray(next)
    const { body, whole } = bodyOf(come, framing, ended)
    if (!whole && come.length < mostBytes) return undefined
    return { wrong: unexpected(this.#check, status, body) }
  }
}

function bodyOf(
  come: Buffer,
  framing: ResponseFraming,
  ended: boolean,
): { readonly body: string; readonly whole: boolean } {
  if (framing.body === 'none') return { body: '', whole: true }
  if (framing.body !== 'chunked')
    return {
      body: come.toString('utf8', 0, framing.body === 'length' ? framing.length : come.length),
      whole: ended || (framing.body === 'length' && come.length >= framing.length),
    }
  const chunks = new ChunkedReader()
  let text = ''
  chunks.feed(come, 0, come.length, (from, to) => void (text += latin1(come, from, to)))
  return {
    body: Buffer.from(text, 'latin1').toString('utf8'),
    whole: ended || chunks.finished || chunks.bad !== undefined,
  }
}
