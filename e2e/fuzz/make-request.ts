import { change, field, framed, lineEnd, otherField, tame } from './pieces.ts'
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
