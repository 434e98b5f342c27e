import { expect, test } from 'vitest'
import { whatToDo } from './what-to-do.ts'

const line = { file: 'a', line: 1 }

test('what is kept and known is told apart from what nobody knows', () => {
  expect(whatToDo({ ...line, directive: 'proxy_pass', outcome: 'applied' })).toBe('')
  expect(whatToDo({ ...line, directive: 'worker_processes', outcome: 'export' })).toContain('Nothing to do')
  expect(whatToDo({ ...line, directive: 'limit_except', outcome: 'kept' })).toContain('otherwise here')
  expect(whatToDo({ ...line, directive: 'more_set_headers', outcome: 'kept' })).toContain('take it out')
})
