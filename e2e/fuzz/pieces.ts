import type { Chance } from './random.ts'

/** Chance that mostly takes the first of several values, which is the usual one. */
export function tame(chance: Chance): Chance {
  return {
    ...chance,
    weighted: (values) => (chance.percent(85) && values[0] ? values[0][0] : chance.weighted(values)),
  }
}

/** What ends a line, nearly always. */
export function lineEnd(chance: Chance): string {
  return chance.weighted([['\r\n', 930], ['\n', 50], ['\r', 5], ['\r\r\n', 5], ['\n\r', 5], ['', 5]] as const) // prettier-ignore
}

/** A field line without its end. */
export function field(chance: Chance, name: string, value: string): string {
  const colon = chance.weighted([[': ', 900], [':', 50], [':  ', 20], [':\t', 5], [' :', 5], ['\t: ', 5], [' : ', 5], ['', 5], ['=', 5]] as const) // prettier-ignore
  const after = chance.weighted([['', 930], [' ', 40], ['\t', 5], ['\x0b', 3], ['\0', 3], ['\r', 3]] as const) // prettier-ignore
  return `${name}${colon}${value}${after}`
}

/** A field that says nothing about framing, mostly. */
export function otherField(chance: Chance): string {
  const name = chance.weighted([
    ['X-A', 30], ['Accept', 10], ['Cookie', 10], ['Connection', 20], ['Expect', 3], ['Upgrade', 3], ['TE', 2], ['Keep-Alive', 2],
    ['If-Match', 4], ['Range', 2], ['Authorization', 2], ['X_A', 3], ['X.A', 2], ['Content_Length', 2], ['Transfer_Encoding', 2],
    ['', 1], [' X-A', 1], ['\tX-A', 1], ['X A', 1], ['\xe4', 1], ['X\0A', 1], ['X\x7f', 1], ['"', 1], ['-', 1], ['X/A', 1], ['HTTP/1.1', 1],
  ]) // prettier-ignore
  const value = chance.weighted([
    ['1', 20], ['', 5], ['close', 15], ['keep-alive', 15], ['100-continue', 6], ['content-length', 2], ['a b', 3], ['a  b', 2], ['a:b', 2],
    ['\xe4\xff', 2], ['\x01', 1], ['a\x7f', 1], ['a\0b', 1], ['a\rb', 1], ['a\r\n b', 1], ['a\r\n\tb: c', 1], ['"a', 1],
  ]) // prettier-ignore
  return field(chance, name, chance.percent(2) ? 'v'.repeat(chance.upTo(10_000)) : value)
}

/** The fields that frame a body, and a body, which may or may not be framed so. */
export function framed(chance: Chance): { head: string[]; body: string } {
  const kind = chance.weighted([['none', 35], ['length', 25], ['chunked', 35], ['both', 5]] as const) // prettier-ignore
  const head: string[] = []
  let body = ''
  if (kind === 'length' || kind === 'both') {
    body = chance.one([
      '',
      'a',
      'hello',
      '0\r\n\r\n',
      'GET /in HTTP/1.1\r\nHost: in\r\n\r\n',
      'x'.repeat(chance.upTo(2000)),
    ])
    const n = body.length
    const value = chance.weighted([
      [String(n), 85], [`0${n}`, 2], [`+${n}`, 1], [`${n},${n}`, 1], [`${n} ${n}`, 1], ['', 1], ['x', 1], [`0x${n}`, 1], [`-${n}`, 1],
      [`${n}.0`, 1], [String(n + 5), 2], ['99999999999999999999', 1], ['9223372036854775807', 1], [`${n};`, 1],
    ]) // prettier-ignore
    head.push(field(chance, chance.one(['Content-Length', 'content-length']), value))
    if (chance.percent(3)) head.push(field(chance, 'Content-Length', chance.one([String(n), '0', '5'])))
  }
  if (kind === 'chunked' || kind === 'both') {
    const value = chance.weighted([
      ['chunked', 90], ['Chunked', 3], ['gzip, chunked', 1], ['chunked, identity', 1], ['identity', 1], ['xchunked', 1], ['"chunked"', 1],
      ['\x0bchunked', 1], ['', 1], ['chunked;q=1', 1],
    ]) // prettier-ignore
    head.push(field(chance, chance.one(['Transfer-Encoding', 'transfer-encoding']), value))
    if (chance.percent(3)) head.push(field(chance, 'Transfer-Encoding', chance.one(['chunked', 'identity'])))
    if (chance.percent(90)) body = chunked(chance)
  }
  return { head, body }
}

function chunked(chance: Chance): string {
  let body = ''
  for (let chunks = chance.upTo(4); chunks > 0; chunks--) {
    const chunk = chance.one([
      'a',
      'hello',
      '0\r\n\r\n',
      '\r\n',
      'x'.repeat(1 + chance.upTo(40)),
      'y'.repeat(1 + chance.upTo(3000)),
    ])
    const hex = chunk.length.toString(16)
    const size = chance.weighted([
      [hex, 90], [hex.toUpperCase(), 2], [`0${hex}`, 2], [`0x${hex}`, 1], [` ${hex}`, 1], [`+${hex}`, 1], [`-${hex}`, 1],
      [`1${hex.padStart(16, '0')}`, 1], [`ffffffffffffffff`, 1], [`20000000000000`, 1], ['', 1], [(chunk.length + 1).toString(16), 1],
    ]) // prettier-ignore
    body += `${size}${extension(chance)}${lineEnd(chance)}${chunk}${lineEnd(chance)}`
  }
  const trailer = chance.weighted([['', 85], ['T: v\r\n', 8], ['T: v\n', 2], ['T\r\n', 1], ['\0\r\n', 1], ['T: v\r', 1]] as const) // prettier-ignore
  return `${body}${chance.weighted([['0', 95], ['00', 2], ['', 3]] as const)}${extension(chance)}${lineEnd(chance)}${trailer}${lineEnd(chance)}` // prettier-ignore
}

function extension(chance: Chance): string {
  return chance.weighted([
    ['', 88], [';a=b', 4], [';', 1], [' ', 1], ['\t', 1], [' ;a="b"', 1], [';a\rb', 1], [';\0', 1], ['x', 1], [',', 1],
  ]) // prettier-ignore
}

const oddBytes = ['\0', '\r', '\n', '\t', ' ', ':', ',', ';', '/', '0', '5', 'a', 'f', '-', '_', '%', '\x0b', '\x7f', '\x80', '\xff', '\r\n', '\r\n '] // prettier-ignore

/** The text with something changed, anywhere. */
export function change(text: string, chance: Chance): string {
  const at = chance.upTo(text.length)
  const odd = chance.one(oddBytes)
  switch (chance.upTo(4)) {
    case 0:
      return text.slice(0, at) + odd + text.slice(at)
    case 1:
      return text.slice(0, at) + odd + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + text.slice(at + 1)
    default: {
      const end = at + chance.upTo(20)
      return text.slice(0, end) + text.slice(at, end) + text.slice(end)
    }
  }
}
