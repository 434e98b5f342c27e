import { expect, test } from 'vitest'
import { emergency } from './emergency.ts'
import { parseGlobalDirectives } from './global-directives.ts'
import { readConfig } from './read.ts'

// Each was given to `nginx -g` of nginx 1.22.1, which printed exactly this.
test.each<[text: string, message: string]>([
  ['daemon off', 'unexpected end of parameter, expecting ";" in command line'],
  ['daemon "off', 'unexpected end of parameter, expecting ";" in command line'],
  ['daemon off; }', 'unexpected "}" in command line'],
  ['events { }', 'block directives are not supported in -g option in command line'],
  ['daemon off; ;', 'unexpected ";" in command line'],
  ['daemon maybe;', 'invalid value "maybe" in "daemon" directive, it must be "on" or "off" in command line'],
  ['listen 80;', '"listen" directive is not allowed here in command line'],
  ['foo bar;', 'unknown directive "foo" in command line'],
])('-g %j is refused as nginx does', (text, message) => {
  const { statements, problem } = parseGlobalDirectives(text)
  const problems = [...readConfig(statements, { strict: true }).problems, ...(problem ? [problem] : [])]
  expect(problems[0] && emergency(problems[0])).toBe(message)
})

test('several directives are read in order', () => {
  const { statements } = parseGlobalDirectives('daemon off; pid /run/a.pid;')
  expect(readConfig(statements).config).toEqual({ daemon: false, pid: '/run/a.pid' })
})

test.each([
  [{ file: 'a.conf', line: 3 }, 'no in a.conf:3'],
  [{}, 'no'],
])('a problem at %j prints %j', (where, printed) => {
  expect(emergency({ severity: 'error', code: 'x', message: 'no', ...where })).toBe(printed)
})
