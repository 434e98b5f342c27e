import { describe, expect, test } from 'vitest'
import { expand, holds } from './expand.ts'
import { SsiScanner, type SsiPiece } from './scanner.ts'

function scan(...bodies: string[]): SsiPiece[] {
  const scanner = new SsiScanner(16)
  return bodies.flatMap((body) => [...scanner.pieces(body)])
}

/** Text that was cut is put together again. */
function joined(pieces: readonly SsiPiece[]): SsiPiece[] {
  const out: SsiPiece[] = []
  for (const piece of pieces) {
    const last = out.at(-1)
    if (piece.kind === 'text' && last?.kind === 'text')
      out[out.length - 1] = { kind: 'text', text: last.text + piece.text }
    else out.push(piece)
  }
  return out
}

describe('commands in a body', () => {
  const page = `a < b <!-- no --><!--#echo var="x" default='a "b"' -->c<!--#else-->`

  test('are found between texts', () => {
    expect(scan(page)).toEqual([
      { kind: 'text', text: 'a < b <!-- no -->' },
      {
        kind: 'command',
        name: 'echo',
        params: [
          { name: 'var', value: 'x' },
          { name: 'default', value: 'a "b"' },
        ],
      },
      { kind: 'text', text: 'c' },
      { kind: 'command', name: 'else', params: [] },
    ])
  })

  test('are the same wherever the body is cut', () => {
    const whole = scan(page)
    for (let at = 1; at < page.length; at++)
      expect(joined(scan(page.slice(0, at), page.slice(at)))).toEqual(whole)
  })

  test.each([
    ['<!--#echo var=x -->', 'unexpected "x" symbol before value of "var" parameter in "echo" SSI command'],
    [
      '<!--#echo var="x"y -->',
      'unexpected "y" symbol after "x" value of "var" parameter in "echo" SSI command',
    ],
    ['<!--#echo -x-->', 'unexpected "x" symbol in "echo" SSI command'],
    [
      '<!--#echo var="12345678901234567" -->',
      'too long "12345678901234567..." value of "var" parameter in "echo" SSI command',
    ],
  ])('%s is wrong', (text, message) => {
    expect(scan(text)).toEqual([{ kind: 'error', message }])
  })
})

describe('a text of a command', () => {
  const variables: Record<string, string> = { a: '1', name: 'value' }
  const lookup = (name: string): string | undefined => variables[name]

  test.each([
    ['plain', 'plain'],
    ['$a', '1'],
    ['x${a}y$name.z', 'x1yvalue.z'],
    ['$none!', '!'],
    [String.raw`\$a \" \\ \n`, String.raw`$a " \ \n`],
  ])('%j is %j', (text, expected) => {
    expect(expand(text, lookup)).toBe(expected)
  })

  test.each([
    ['$a', true],
    ['$none', false],
    ['$a = 1', true],
    ['$a != 1', false],
    ['$name = /^val/', true],
    ['$name != /^val/', false],
    [String.raw`$a = \/1`, false],
  ])('%j holds: %j', (expr, expected) => {
    expect(holds(expr, lookup, (pattern, text) => new RegExp(pattern).test(text))).toBe(expected)
  })
})
