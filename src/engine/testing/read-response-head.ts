/** Reads the head of a response in one piece and in any others, for the tests of what heads are made of. */
import { expect } from 'vitest'
import { fieldName, fieldValue } from '../wire/fields.ts'
import { parseResponseHead, type ResponseHeadResult } from '../wire/response-head.ts'

/** A result without what depends on how many bytes were there when it was found. */
export function essence(result: ResponseHeadResult): object {
  if (result.kind === 'more') return { kind: 'more' }
  if (result.kind === 'bad') return { bad: result.reason, noHead: result.noHead }
  const { fields, ...line } = result.head
  return {
    ...line,
    next: result.next,
    fields: fields.names.map((_, i) => `${fieldName(fields, i)}=${fieldValue(fields, i)}`),
  }
}

/** What `text` is read as, after making sure that it is the same however the bytes come in. */
export function read(text: string): object {
  const bytes = Buffer.from(text, 'latin1')
  const whole = essence(parseResponseHead(bytes, 0, bytes.length, 0))
  for (let cut = 1; cut < bytes.length; cut++) {
    let result = parseResponseHead(bytes, 0, cut, 0)
    if (result.kind === 'more') result = parseResponseHead(bytes, 0, bytes.length, result.scannedTo)
    expect(essence(result)).toEqual(whole)
  }
  let result: ResponseHeadResult = { kind: 'more', scannedTo: 0 }
  for (let end = 0; end <= bytes.length && result.kind === 'more'; end++) {
    result = parseResponseHead(bytes, 0, end, result.scannedTo)
  }
  expect(essence(result)).toEqual(whole)
  return whole
}
