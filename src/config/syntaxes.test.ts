import { expect, test } from 'vitest'
import { Invalid, type Syntax } from './directive.ts'
import {
  buffers,
  duration,
  flag,
  integer,
  keyword,
  keywords,
  orOff,
  parameters,
  present,
  several,
  size,
  text,
  variableName,
} from './syntaxes.ts'

const server = parameters({
  positional: { address: text },
  optional: { port: integer(1, 65_535) },
  named: { weight: integer(1), fail_timeout: duration },
  flags: ['backup', 'slow_start'],
})

test.each<[string, Syntax<never>, string[], unknown, string[]?]>([
  ['flag', flag as never, ['On'], true, ['on']],
  ['flag', flag as never, ['off'], false],
  ['integer', integer() as never, ['007'], 7, ['7']],
  ['duration', duration as never, ['1m30s'], 90_000, ['90s']],
  ['size', size as never, ['8K'], 8192, ['8k']],
  ['variableName', variableName as never, ['$a_1'], 'a_1'],
  ['keyword', keyword('one', 'two') as never, ['TWO'], 'two', ['two']],
  ['keywords', keywords('one', 'two') as never, ['two', 'one'], ['two', 'one']],
  ['several', several(size) as never, ['1k', '2'], [1024, 2]],
  ['orOff', orOff(size) as never, ['off'], 'off'],
  ['orOff', orOff(size) as never, ['1m'], 1_048_576],
  ['present', present as never, [], true],
  ['buffers', buffers as never, ['8', '4k'], { number: 8, size: 4096 }],
  [
    'parameters',
    server as never,
    ['a', '80', 'backup', 'weight=2', 'fail_timeout=5s'],
    { address: 'a', port: 80, weight: 2, failTimeout: 5000, backup: true },
    ['a', '80', 'weight=2', 'fail_timeout=5s', 'backup'],
  ],
  ['parameters', server as never, ['a', 'slow_start'], { address: 'a', slowStart: true }],
])('%s reads %j, and what it writes reads the same', (_name, syntax, args, value, written = args) => {
  const read = syntax.read(args, 'x')
  expect(read).toEqual(value)
  expect(syntax.schema.safeParse(read).success).toBe(true)
  expect(syntax.write(read as never)).toEqual(written)
  expect(syntax.read(written, 'x')).toEqual(value)
})

test.each<[string, Syntax<never>, string[], string]>([
  ['flag', flag as never, ['yes'], 'invalid value "yes" in "x" directive, it must be "on" or "off"'],
  ['integer', integer() as never, ['-1'], '"x" directive invalid number'],
  ['integer', integer() as never, ['1k'], '"x" directive invalid number'],
  ['integer', integer(5) as never, ['4'], 'value must be equal to or greater than 5'],
  ['integer', integer(1, 9) as never, ['10'], 'value must be between 1 and 9'],
  ['duration', duration as never, ['soon'], '"x" directive invalid value'],
  ['size', size as never, ['8kb'], '"x" directive invalid value'],
  ['variableName', variableName as never, ['a'], 'invalid variable name "a"'],
  ['keyword', keyword('one') as never, ['two'], 'invalid value "two"'],
  ['several', several(size) as never, ['1', 'b'], '"x" directive invalid value'],
  ['buffers', buffers as never, ['0', '4k'], '"x" directive invalid value'],
  ['buffers', buffers as never, ['8', '0'], '"x" directive invalid value'],
  ['parameters', server as never, ['a', 'weight=0'], 'invalid parameter "weight=0"'],
  ['parameters', server as never, ['a', 'height=1'], 'invalid parameter "height=1"'],
  ['parameters', server as never, ['a', '80', '81'], 'invalid parameter "81"'],
])("%s refuses %j in nginx's words: %s", (_name, syntax, args, sentence) => {
  const read: unknown = syntax.read(args, 'x')
  expect(read).toBeInstanceOf(Invalid)
  expect((read as Invalid).message).toBe(sentence)
})
