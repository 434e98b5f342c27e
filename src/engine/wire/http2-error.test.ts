import { expect, test } from 'vitest'
import { errorCode, Http2Error, resetReason } from './http2-error.ts'

test('an error has the code for GOAWAY and the words for the log', () => {
  const error = new Http2Error(errorCode.flowControlError, 'client violated flow control')
  expect([error instanceof Error, error.code, error.message]).toEqual([
    true,
    3,
    'client violated flow control',
  ])
})

// RFC 9113 §7.
test('codes are those of the RFC', () => {
  expect(errorCode).toEqual({
    noError: 0x0,
    protocolError: 0x1,
    internalError: 0x2,
    flowControlError: 0x3,
    streamClosed: 0x5,
    frameSizeError: 0x6,
    refusedStream: 0x7,
    cancel: 0x8,
    compressionError: 0x9,
    enhanceYourCalm: 0xb,
  })
})

test.each([
  [errorCode.cancel, 'client canceled stream 5'],
  [errorCode.refusedStream, 'client refused stream 5'],
  [errorCode.internalError, 'client terminated stream 5 due to internal error'],
  [errorCode.noError, 'client terminated stream 5 with status 0'],
  [99, 'client terminated stream 5 with status 99'],
])('a reset with %i is logged in the words of nginx', (code, words) => {
  expect(resetReason(5, code)).toBe(words)
})
