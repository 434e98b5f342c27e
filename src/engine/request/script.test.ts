import { expect, test } from 'vitest'
import type { Exchange } from './exchange.ts'
import { bytesOf, compileScript, ScriptError } from './script.ts'
import { VariableTable } from './variable-table.ts'

const exchange = (parts: Partial<Exchange> = {}): Exchange =>
  ({ slots: [], args: '', ...parts }) as unknown as Exchange

function table(): VariableTable {
  const variables = new VariableTable()
  variables.declare('one', () => '1')
  variables.declare('missing', () => undefined)
  return variables
}

test.each([
  ['plain', 'plain'],
  ['', ''],
  ['$one', '1'],
  ['a$one', 'a1'],
  ['a$one-b', 'a1-b'],
  ['${one}b', '1b'],
  ['$one$one', '11'],
  ['$ONE', '1'],
  ['[$missing]', '[]'],
  ['$1/$2', 'first/'],
  ['$12', 'first2'],
  ['ü$one', 'Ã¼1'],
])('%j becomes %j', (source, text) => {
  const x = exchange({ captures: ['whole', 'first'] })
  expect(compileScript(source, table())(x)).toBe(text)
})

test.each([
  ['plain', { constant: 'plain', captures: false }],
  ['$one', { captures: false }],
  ['a$1', { captures: true }],
])('of %j is known what it holds', (source, known) => {
  const { constant, captures } = compileScript(source, table())
  expect({ ...(constant !== undefined && { constant }), captures }).toEqual(known)
})

test.each([
  ['$', 'invalid variable name'],
  ['a $ b', 'invalid variable name'],
  ['${}', 'invalid variable name'],
  ['${one', 'the closing bracket in "one" variable is missing'],
  ['${on-e}', 'the closing bracket in "on-e" variable is missing'],
])('%j is refused: %s', (source, sentence) => {
  expect(() => compileScript(source, table())).toThrow(new ScriptError(sentence))
})

test('texts are bytes: what is not ASCII is UTF-8, one byte a character', () => {
  expect(bytesOf('aé€')).toBe('a\xc3\xa9\xe2\x82\xac')
  expect(bytesOf('plain')).toBe('plain')
})

test('a name that is set is the same slot wherever it is named, in any case', () => {
  const variables = table()
  const x = exchange()
  const show = compileScript('$Mine', variables)
  variables.assign('mine')(x, 'a')
  expect([show(x), variables.slotOf('MINE'), variables.slotCount]).toEqual(['a', 0, 1])
})

test('what was set hides what was declared, until then it shows', () => {
  const variables = table()
  const x = exchange()
  const set = variables.assign('one')
  const show = compileScript('$one', variables)
  const before = show(x)
  set(x, '2')
  expect([before, show(x)]).toEqual(['1', '2'])
})

test("only those of nginx's own variables can be set that nginx lets be set", () => {
  const variables = table()
  const x = exchange()
  variables.assign('args')(x, 'a=b')
  expect([x.args, variables.slotCount]).toEqual(['a=b', 0])
  expect(() => variables.assign('uri')).toThrow('the duplicate "uri" variable')
})

test('names that are used and that nobody declares are found, families by their prefix excepted', () => {
  const variables = table()
  for (const name of ['one', 'uri', 'http_x', 'arg_a', 'cookie_b', '1', 'nobody', 'Neither'])
    variables.getter(name)
  expect(variables.unknown()).toEqual(['nobody', 'neither'])
})
