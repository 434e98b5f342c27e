import { expect, test } from 'vitest'
import { errorCode, Http2Error } from './http2-error.ts'

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
