import { ChunkedReader } from '../../src/engine/wire/chunked.ts'
import { fieldName, fieldValue } from '../../src/engine/wire/fields.ts'
import { parseResponseHead, type ResponseHeadResult } from '../../src/engine/wire/response-head.ts'
import { responseFraming } from '../../src/engine/wire/response-framing.ts'
import type { Chance } from './random.ts'

/** A response as it is passed on. */
export interface Passed {
  /** Absent for what has no head. */
  readonly head?: {
    readonly statusLine: string
    readonly fields: readonly (readonly [name: string, value: string])[]
  }
  readonly body: string
  /** The body ended as it should. */
  readonly whole: boolean
}

/** What our codec makes of the response to a request of this method; `refused` is a 502. */
export function readResponse(bytes: Buffer, method: string, chance: Chance): Passed | 'refused' {
  const result = readHead(bytes, chance)
  if (result.kind === 'bad' && result.noHead) {
    return { body: method === 'HEAD' ? '' : bytes.toString('latin1'), whole: true }
  }
  if (result.kind !== 'head') return 'refused'
  const { head, next } = result
  const framing = responseFraming(head, method)
  if ('bad' in framing) return 'refused'
  const { fields, statusLine } = head
  const passed = {
    statusLine,
    fields: fields.names.map((_, i) => [fieldName(fields, i), fieldValue(fields, i)] as const),
  }
  const rest = bytes.toString('latin1', next)
  switch (framing.body) {
    case 'none':
      return { head: passed, body: '', whole: true }
    case 'close':
      return { head: passed, body: rest, whole: true }
    case 'length':
      return { head: passed, body: rest.slice(0, framing.length), whole: rest.length >= framing.length }
    case 'chunked': {
      const reader = new ChunkedReader()
      let body = ''
      reader.feed(bytes, next, bytes.length, (from, to) => (body += bytes.toString('latin1', from, to)))
      return { head: passed, body, whole: reader.finished }
    }
  }
}

function readHead(bytes: Buffer, chance: Chance): ResponseHeadResult {
  let result: ResponseHeadResult = { kind: 'more', scannedTo: 0 }
  let end = chance.percent(50) ? bytes.length : 0
  for (;;) {
    result = parseResponseHead(bytes, 0, end, result.scannedTo)
    if (result.kind !== 'more' || end === bytes.length) return result
    end = Math.min(bytes.length, end + 1 + chance.upTo(40))
  }
}
