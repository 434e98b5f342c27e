/** Reads the head of a request in one piece and in any others, for the tests of what heads are made of. */
import { expect } from 'vitest'
import { fieldName, fieldValue } from '../wire/fields.ts'
import {
  parseRequestHead,
  type HeadLimits,
  type RequestHead,
  type RequestHeadResult,
} from '../wire/request-head.ts'

/** nginx's own limits and rules, where nothing else is configured. */
export const usual: HeadLimits = {
  lineLimit: 8192,
  totalLimit: 32768,
  ignoreInvalid: true,
  underscores: false,
}

/** What `text` is read as when all of it is there. */
export function parse(text: string, limits: HeadLimits = usual): RequestHeadResult {
  const bytes = Buffer.from(text, 'latin1')
  return parseRequestHead(bytes, 0, bytes.length, limits, 0)
}

/** What `text` gives when it comes in two pieces, cut at each byte; and when it comes byte by byte, and is moved. */
function parsePieces(text: string, limits: HeadLimits): RequestHeadResult[] {
  const bytes = Buffer.from(text, 'latin1')
  const results: RequestHeadResult[] = []
  for (let cut = 1; cut < bytes.length; cut++) {
    let result = parseRequestHead(bytes, 0, cut, limits, 0)
    if (result.kind === 'more') result = parseRequestHead(bytes, 0, bytes.length, limits, result.scannedTo)
    results.push(result)
  }
  let result: RequestHeadResult = { kind: 'more', scannedTo: 0 }
  for (let length = 0; length <= bytes.length && result.kind === 'more'; length++) {
    const before = length % 7
    const moved = Buffer.concat([Buffer.alloc(before, '#'), bytes.subarray(0, length), Buffer.from('###')])
    result = parseRequestHead(moved, before, before + length, limits, result.scannedTo)
    if (result.kind === 'head') result = { ...result, next: result.next - before }
  }
  return [...results, result]
}

/** The fields of a head as they were spelt. */
export function fieldsOf(head: RequestHead): [name: string, value: string][] {
  return head.fields.names.map((_, i) => [fieldName(head.fields, i), fieldValue(head.fields, i)])
}

/** A result without what depends on how many bytes were there when it was found. */
export function essence(result: RequestHeadResult): object {
  if (result.kind === 'more') return { kind: 'more' }
  if (result.kind === 'bad') return { bad: result.status, reason: result.reason }
  const { fields, ...line } = result.head
  return { ...line, next: result.next, names: fields.names, fields: fieldsOf(result.head) }
}

/** The essence of a head, after making sure that it is the same however the bytes come in. */
export function read(text: string, limits: HeadLimits = usual): object {
  const whole = essence(parse(text, limits))
  for (const result of parsePieces(text, limits)) expect(essence(result)).toEqual(whole)
  return whole
}
