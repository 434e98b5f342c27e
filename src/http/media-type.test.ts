import { expect, test } from 'vitest'
import { mediaTypeEssence, parseMediaType } from './media-type.ts'

test.each([
  ['text/html', 'text/html', []],
  ['Text/HTML; Charset=UTF-8', 'text/html', [['charset', 'UTF-8']]],
  ['text/html;charset="a;b\\"c" ; q=1', 'text/html', [['charset', 'a;b"c'], ['q', '1']]],
  ['multipart/form-data; boundary=x; boundary=y', 'multipart/form-data', [['boundary', 'x']]],
  ['application/vnd.api+json ', 'application/vnd.api+json', []],
  ['text/html; charset', 'text/html', []],
] as [string, string, [string, string][]][])('%j is read', (value, essence, parameters) => {
  expect(parseMediaType(value)).toEqual({ essence, parameters: new Map(parameters) })
}) // prettier-ignore

test.each(['', 'text', 'text/', '/html', 'text /html', 'a/b/c'])('%j is no media type', (value) => {
  expect(parseMediaType(value)).toBeUndefined()
})

test('the essence of what is no media type is what stands before the parameters', () => {
  expect(mediaTypeEssence(' Foo ; a=b')).toBe('foo')
})
