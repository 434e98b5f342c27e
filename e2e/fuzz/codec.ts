import { ChunkedReader } from '../../src/engine/wire/chunked.ts'
import { fieldName, fieldValue } from '../../src/engine/wire/fields.ts'
import { requestFraming } from '../../src/engine/wire/request-framing.ts'
import {
  parseRequestHead,
  type HeadLimits,
  type RequestHead,
  type RequestHeadResult,
} from '../../src/engine/wire/request-head.ts'
import { normaliseTarget } from '../../src/http/uri.ts'
import { ownFields, type Forwarded, type Outcome } from './outcome.ts'
import type { Chance } from './random.ts'

/** What the codec makes of a connection. */
export interface CodecOutcome extends Outcome {
  /** It refused something that nginx is known to let pass. */
  readonly stricter: boolean
  /** It waits for the rest of a head. Unlike nginx, it judges what fields say, not how they are written, only then. */
  readonly waiting: boolean
}

/** What a proxy that reads with our codec does with these bytes; heads come in pieces cut by `chance`. */
export function readByCodec(bytes: Buffer, limits: HeadLimits, chance: Chance): CodecOutcome {
  const statuses: number[] = []
  const forwarded: Forwarded[] = []
  const done = (status?: number, stricter = false, waiting = false): CodecOutcome => {
    if (status !== undefined) statuses.push(status)
    return { statuses, forwarded, stricter, waiting }
  }
  let at = 0
  for (;;) {
    const result = readHead(bytes, at, limits, chance)
    if (result.kind === 'more') return done(undefined, false, true)
    if (result.kind === 'bad') {
      const { status, reason, head } = result
      if (head?.version === 9) return done(0)
      // Unlike nginx, more than one CR before LF is refused.
      return done(status === 494 ? 400 : status, reason.endsWith('\\x0d..."'))
    }
    const { head } = result
    const target = normaliseTarget(head.target, { mergeSlashes: true })
    const headless = head.version === 9
    if ('bad' in target) return done(headless ? 0 : 400)
    const framing = requestFraming(head)
    if ('bad' in framing) return done(framing.bad, framing.bad === 413)
    if (framing.expectContinue) statuses.push(100)
    const body = readBody(bytes, result.next, framing)
    if (body === undefined) return done()
    if (body.bad) return done(400, body.stricter)
    forwarded.push({
      method: head.method,
      target: target.emptyPath ? `/${target.args === '' ? '' : '?'}${target.args}` : head.target,
      fields: fieldsOf(head).filter(([name]) => !ownFields.has(name.toLowerCase())),
      body: body.text,
    })
    statuses.push(headless ? 0 : 200)
    if (!framing.keepalive) return done()
    at = body.end
  }
}

function readHead(bytes: Buffer, at: number, limits: HeadLimits, chance: Chance): RequestHeadResult {
  let result: RequestHeadResult = { kind: 'more', scannedTo: 0 }
  let end = chance.percent(50) ? bytes.length : at
  for (;;) {
    result = parseRequestHead(bytes, at, end, limits, result.scannedTo)
    if (result.kind !== 'more' || end === bytes.length) return result
    end = Math.min(bytes.length, end + 1 + chance.upTo(40))
  }
}

interface Body {
  readonly text: string
  readonly end: number
  readonly bad: boolean
  readonly stricter: boolean
}

/** The body that begins at `from`; undefined if the bytes end before it does. */
function readBody(bytes: Buffer, from: number, framing: { body: string; length: number }): Body | undefined {
  if (framing.body !== 'chunked') {
    const end = from + framing.length
    if (end > bytes.length) return undefined
    return { text: bytes.toString('latin1', from, end), end, bad: false, stricter: false }
  }
  const reader = new ChunkedReader()
  let text = ''
  const end = reader.feed(
    bytes,
    from,
    bytes.length,
    (start, stop) => (text += bytes.toString('latin1', start, stop)),
  )
  if (reader.bad !== undefined) {
    // Unlike nginx, sizes of 2^53 and more are refused, not only those of 2^63.
    const size = /[0-9a-f]+$/i.exec(bytes.toString('latin1', from, end + 1))?.[0] ?? ''
    return { text, end, bad: true, stricter: Number.parseInt(size, 16) > Number.MAX_SAFE_INTEGER }
  }
  return reader.finished ? { text, end, bad: false, stricter: false } : undefined
}

function fieldsOf(head: RequestHead): [string, string][] {
  return head.fields.names.map((_, i) => [fieldName(head.fields, i), fieldValue(head.fields, i)])
}
