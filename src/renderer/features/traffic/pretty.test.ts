import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatsOf, bytesOf, base64Of, textOf } from './body-format.ts'
import { multipartFields, urlencodedFields } from './form-fields.ts'
import { hexRow } from './hex-row.ts'
import { jsonLines, markupLines, textLines, type TextLine } from './pretty.ts'

const shown = (lines: readonly TextLine[]): string[] =>
  lines.map(({ indent, pieces }) => '  '.repeat(indent) + pieces.map(({ text }) => text).join(''))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('JSON stands an element a line, with every digit and every double field', () => {
  expect(shown(jsonLines('{"a":12345678901234567890,"a":[1, {"b":null}],"e":{},"s":"x\\"y"}'))).toEqual([
    '{',
    '  "a": 12345678901234567890,',
    '  "a": [',
    '    1,',
    '    {',
    '      "b": null',
    '    }',
    '  ],',
    '  "e": {},',
    '  "s": "x\\"y"',
    '}',
  ])
})

test('JSON that is shown says the same as before', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      expect(JSON.parse(shown(jsonLines(text)).join('\n'))).toEqual(JSON.parse(text))
    }),
  )
})

test('keys are told from strings', () => {
  const kinds = jsonLines('{"a":"b","c":["d"]}').flatMap(({ pieces }) =>
    pieces
      .filter(({ kind }) => kind === 'key' || kind === 'string')
      .map(({ text, kind }) => `${kind} ${text}`),
  )
  expect(kinds).toEqual(['key "a"', 'string "b"', 'key "c"', 'string "d"'])
})

test.each([
  ['cut off', '{"a":[1,2', ['{', '  "a": [', '    1,', '    2']],
  ['one value a line', '{"a":1}\n{"b":2}\n', ['{', '  "a": 1', '}', '{', '  "b": 2', '}']],
  ['no JSON at all', 'oops {', ['oops{']],
])('what is %s is shown as far as it goes', (_name, text, lines) => {
  expect(shown(jsonLines(text))).toEqual(lines)
})

test('no text is lost or made up by any way of showing it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('<', '>', '"', '/', 'a', ' ', '\n', '!', '-', '{', ',', '=') }),
      (text) => {
        const bare = (lines: readonly TextLine[]): string => shown(lines).join('').replaceAll(/\s/g, '')
        expect(bare(markupLines(text))).toBe(text.replaceAll(/\s/g, ''))
        expect(bare(textLines(text))).toBe(text.replaceAll(/\s/g, ''))
        expect(bare(jsonLines(text))).toBe(text.replaceAll(/\s/g, ''))
      },
    ),
  )
})

test('markup is nested, short elements stand in one line, scripts are text', () => {
  expect(
    shown(markupLines('<!doctype html><body><p class="a">Hi</p><br><script>if (a<b) {}</script></body>')),
  ).toEqual([
    '<!doctype html>',
    '<body>',
    '  <p class="a">Hi</p>',
    '  <br>',
    '  <script>if (a<b) {}</script>',
    '</body>',
  ])
})

test('a line without end becomes many', () => {
  const lines = textLines('x'.repeat(5000))
  expect(lines.map(({ pieces }) => pieces[0]?.text.length)).toEqual([2000, 2000, 1000])
})

test.each([
  ['application/json', '{}', 'json'],
  ['application/problem+json; charset=utf-8', '{}', 'json'],
  ['text/plain', '{"a":1}', 'json'],
  ['text/html', '<p>', 'markup'],
  ['application/x-www-form-urlencoded', 'a=b', 'form'],
  ['multipart/form-data; boundary=x', '--x', 'multipart'],
  ['image/png', '\u0089PNG', 'text'],
  ['text/plain', 'words', 'text'],
  ['application/octet-stream', '\0\u0001', 'hex'],
  [undefined, '', 'text'],
])('%s with %j is shown as %s', (type, text, format) => {
  expect(formatsOf(type, bytes(text))[0]).toBe(format)
})

test('an image is told by its bytes, whatever the field says', () => {
  expect(formatsOf('text/html', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10]))[0]).toBe('image')
  expect(formatsOf('image/png', bytes('<script>'))[0]).toBe('text')
})

test('base64 goes both ways', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(textOf(bytesOf(base64Of(text)), undefined)).toBe(text)
    }),
  )
})

test('a row of hex has its offset, its bytes and what of them is text', () => {
  expect(hexRow(bytes('0123456789abcdefghi\n'), 1)).toEqual({
    offset: '00000010',
    hex: `67 68 69 0a${' '.repeat(12)}  ${' '.repeat(23)}`,
    text: 'ghi·',
  })
})

test('forms are taken apart', () => {
  expect(urlencodedFields('a=1&b=%C3%A9+x&c&d=%zz')).toEqual([
    { name: 'a', value: '1' },
    { name: 'b', value: 'é x' },
    { name: 'c', value: '' },
    { name: 'd', value: '%zz' },
  ])
  const body =
    '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\né\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n1234\r\n--B--\r\n'
  expect(multipartFields(bytes(body), 'multipart/form-data; boundary=B')).toEqual([
    { name: 'a', value: 'é' },
    { name: 'f', value: '', file: { name: 'x.png', type: 'image/png', size: 4 } },
  ])
  expect(multipartFields(bytes(body), 'multipart/form-data')).toBeUndefined()
})
