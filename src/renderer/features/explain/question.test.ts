import { expect, test } from 'vitest'
import type { RequestQuestion } from '../../../status/explanation.ts'
import { queryOf, questionOf, questionProblem } from './question.ts'

const question: RequestQuestion = {
  url: 'https://shop.localhost:8443/a?b=c',
  method: 'POST',
  fields: [
    ['X-A', 'b: c'],
    ['X-Empty', ''],
  ],
  client: '10.0.0.1',
}

test('a question comes back from its address', () => {
  expect(questionOf(queryOf(question))).toEqual(question)
  expect(queryOf({ url: 'http://a/', method: 'GET', fields: [], client: undefined })).toEqual({
    url: 'http://a/',
  })
  expect(questionOf({ field: 'a: b' })).toBeUndefined()
})

test.each<[Partial<RequestQuestion>, string | undefined]>([
  [{}, undefined],
  [{ url: '/path' }, 'write the whole address, as https://app.localhost:8443/path'],
  [{ method: 'GET /' }, 'a method has no spaces and no commas'],
  [{ fields: [['', 'x']] }, 'a field has a name'],
  [{ fields: [['a b', 'x']] }, 'a field cannot be called a b'],
  [{ client: 'somebody' }, 'the client is an IP address'],
])('%j: %s', (part, problem) => expect(questionProblem({ ...question, ...part })).toBe(problem))
