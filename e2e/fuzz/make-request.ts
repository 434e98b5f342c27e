import type { Chance } from './random.ts'

/**
 * The bytes of one connection: a request that is mostly nearly right, then one that shows where the reader thinks that
 * the first has ended, and sometimes a few bytes changed at random.
 */
export function makeRequests(wild: Chance): Buffer {
  const chance = wild.percent(60) ? tame(wild) : wild
  let text = request(chance)
  if (chance.percent(20)) text += request(chance)
  text += 'GET /after HTTP/1.1\r\nHost: after\r\n\r\n'
  if (chance.percent(30)) {
    for (let changes = 1 + chance.upTo(3); changes > 0; changes--) text = change(text, chance)
  }
  return Buffer.from(text, 'latin1')
}

/** Chance that mostly takes the first of several values, which is the usual one. */
function tame(chance: Chance): Chance {
  return {
    ...chance,
    weighted: (values) => (chance.percent(85) && values[0] ? values[0][0] : chance.weighted(values)),
  }
}

function request(chance: Chance): string {
  const { head, body } = framed(chance)
  const before = chance.weighted([['', 90], ['\r\n', 5], ['\n', 2], ['\r', 1], ['\r\n\r\n', 1], [' ', 1]] as const) // prettier-ignore
  return `${before}${requestLine(chance)}${fields(chance, head)}${lineEnd(chance)}${body}`
}

function requestLine(chance: Chance): string {
  const method = chance.weighted([
    ['GET', 60], ['POST', 25], ['HEAD', 3], ['PUT', 3], ['OPTIONS', 3], ['DELETE', 2], ['PROPFIND', 1], ['TRACE', 1],
    ['CONNECT', 1], ['X_Y-Z', 1], ['get', 1], ['', 1], ['GE T', 1], ['GET:', 1], ['G3T', 1],
  ]) // prettier-ignore
  const space = (): string => chance.weighted([[' ', 95], ['  ', 3], ['\t', 1], ['', 1]] as const) // prettier-ignore
  const version = chance.weighted([
    ['HTTP/1.1', 75], ['HTTP/1.0', 12], ['', 2], ['HTTP/0.9', 1], ['HTTP/2.0', 1], ['HTTP/1.2', 1], ['HTTP/1.', 1],
    ['http/1.1', 1], ['HTTP/1.10', 1], ['HTTP/11.1', 1], ['HTTP/1.1 ', 2], ['HTTP/1.1x', 1], ['HTTP/01.1', 1],
    ['HTTP/1.1000', 1], ['HTTP /1.1', 1], ['HTTPS/1.1', 1],
  ]) // prettier-ignore
  return `${method}${space()}${target(chance)}${space()}${version}${lineEnd(chance)}`
}

function target(chance: Chance): string {
  if (chance.percent(40)) return '/'
  if (chance.percent(60)) {
    const pieces = [
      'a', 'b.c', '.', '..', '/', '//', '/', '?', '&', '=', '%41', '%2f', '%2F', '%2e', '%3f', '%23', '%25', '%00', '%0d%0a',
      '%', '%4', '%zz', '+', '%2b', ';', '~', '\\', '|', '"', '<', '\xe4', '\xff', '#',
    ] // prettier-ignore
    return `/${Array.from({ length: chance.upTo(7) }, () => chance.one(pieces)).join('')}`
  }
  return chance.one([
    '*', '', 'a', '?', '?a', '/a b', '/a\tb', '/\x01', '/\x7f', '/a\rb', '/a\0b', 'http://h', 'http://h/', 'HTTP://H.x.:80/a',
    'http://h?a', 'http://h:', 'http://h:80?a', 'http://h:x/', 'http://u@h/', 'http://', 'http:///a', 'http://a..b/', 'http://h_h/',
    'http://[::1]/', 'http://[::1]:80?', 'http://[::1', 'http:/h', 'http:h', 'x+y://h/a/../..', 'https://h#a', 'h:80', '//h/a',
    `/${'u'.repeat(chance.upTo(3000))}`, `/${'u'.repeat(chance.upTo(10_000))}`,
  ]) // prettier-ignore
}

function lineEnd(chance: Chance): string {
  return chance.weighted([['\r\n', 930], ['\n', 50], ['\r', 5], ['\r\r\n', 5], ['\n\r', 5], ['', 5]] as const) // prettier-ignore
}

function fields(chance: Chance, framing: string[]): string {
  const all = [...framing]
  const host = chance.weighted([
    ['h', 85], ['', 3], [undefined, 3], ['a b', 1], ['a/b', 1], ['a..b', 1], ['[::1]:80', 1], ['A.b.:80', 1], ['a,b', 1], [':80', 1],
    ['\t', 1], ['\x7f', 1],
  ]) // prettier-ignore
  if (host !== undefined) all.push(field(chance, chance.one(['Host', 'host', 'HOST']), host))
  if (chance.percent(2)) all.push('Host: other')
  for (let more = chance.upTo(4); more > 0; more--) all.push(otherField(chance))
  // Any order.
  for (let i = all.length - 1; i > 0; i--) {
    const j = chance.upTo(i + 1)
    const swapped = all[i] ?? ''
    all[i] = all[j] ?? ''
    all[j] = swapped
  }
  return all.map((line) => line + lineEnd(chance)).join('')
}

function field(chance: Chance, name: string, value: string): string {
  const colon = chance.weighted([[': ', 900], [':', 50], [':  ', 20], [':\t', 5], [' :', 5], ['\t: ', 5], [' : ', 5], ['', 5], ['=', 5]] as const) // prettier-ignore
  const after = chance.weighted([['', 930], [' ', 40], ['\t', 5], ['\x0b', 3], ['\0', 3], ['\r', 3]] as const) // prettier-ignore
  return `${name}${colon}${value}${after}`
}

function otherField(chance: Chance): string {
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
function framed(chance: Chance): { head: string[]; body: string } {
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

function change(text: string, chance: Chance): string {
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
