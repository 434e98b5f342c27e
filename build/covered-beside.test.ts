import { expect, test } from 'vitest'
import { measures } from './covered-beside.ts'

test.each([
  ['src/engine/wire/chunked.test.ts', 'src/engine/wire/chunked.ts', true],
  ['src/engine/wire/chunked.test.ts', 'src/engine/wire/fields.ts', false],
  ['src/engine/wire/chunked.test.ts', 'src/engine/listen/chunked.ts', false],
  ['src/engine/listen/http2-connection.test.ts', 'src/engine/listen/http2-stream.ts', false],
  ['src/engine/listen/http2-stream.test.ts', 'src/engine/listen/http2-stream.ts', true],
])('%s measures %s: %j', (tests, file, expected) => {
  expect(measures(tests, file)).toBe(expected)
})
