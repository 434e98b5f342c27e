import { change, framed, lineEnd, otherField, tame } from './pieces.ts'
import type { Chance } from './random.ts'

/** The bytes of a response that is mostly nearly right, sometimes cut short, followed by others, or changed at random. */
export function makeResponse(wild: Chance): Buffer {
  const chance = wild.percent(60) ? tame(wild) : wild
  const { head, body } = framed(chance)
  const fields = [...head, ...Array.from({ length: chance.upTo(4) }, () => otherField(chance))]
  if (chance.percent(3)) fields.push('HTTP/1.1 200 OK')
  let text = `${statusLine(chance)}${fields.map((line) => line + lineEnd(chance)).join('')}${lineEnd(chance)}${body}`
  if (chance.percent(10))
    text += chance.one(['x', '\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', '0\r\n\r\n'])
  if (chance.percent(10)) text = text.slice(0, chance.upTo(text.length))
  if (chance.percent(30)) text = change(text, chance)
  return Buffer.from(text, 'latin1')
}

function statusLine(chance: Chance): string {
  const version = chance.weighted([
    ['HTTP/1.1', 85], ['HTTP/1.0', 8], ['HTTP/1.2', 1], ['HTTP/2.0', 1], ['HTTP/0.9', 1], ['HTTP/1.', 1], ['http/1.1', 1], ['', 1],
    ['HTTP/1.1000', 1], ['HTTP/01.1', 1], ['HTTP', 1],
  ]) // prettier-ignore
  const status = chance.weighted([
    ['200', 60], ['404', 5], ['204', 5], ['304', 5], ['206', 2], ['500', 2], ['301', 2], ['999', 1], ['403.1', 1], ['20', 1], ['2000', 1],
    ['2 00', 1], ['2x0', 1], ['', 1], ['-20', 1],
  ]) // prettier-ignore
  const reason = chance.weighted([[' OK', 80], ['', 5], [' ', 3], [' Some reason \xe4', 3], ['\tOK', 1], ['OK', 1], [' O\0K', 1], [' O\rK', 1]] as const) // prettier-ignore
  const space = chance.weighted([[' ', 95], ['  ', 3], ['\t', 1], ['', 1]] as const) // prettier-ignore
  return `${version}${space}${status}${reason}${lineEnd(chance)}`
}
