import { expect, test } from 'vitest'
import { Answer } from './answer.ts'

function answer(): Answer {
  const made = new Answer(200)
  made.add('X-A', '1')
  made.add('Set-Cookie', 'a=1')
  made.add('x-b', '2')
  made.add('Set-Cookie', 'b=2')
  return made
}

test('a field is found by its name in any case, the first of its kind', () => {
  expect([answer().get('x-a'), answer().get('x-b'), answer().get('set-cookie'), answer().get('x')]).toEqual([
    '1',
    '2',
    'a=1',
    undefined,
  ])
})

test('all fields of a name come in order', () => expect(answer().all('set-cookie')).toEqual(['a=1', 'b=2']))

test('removing takes every field of the name and nothing else', () => {
  const made = answer()
  made.remove('set-cookie')
  expect(made.lines).toBe('X-A: 1\r\nx-b: 2\r\n')
})

test('setting puts one field in the place of all', () => {
  const made = answer()
  made.set('Set-Cookie', 'c=3')
  expect([made.all('set-cookie'), made.lines]).toEqual([['c=3'], 'X-A: 1\r\nx-b: 2\r\nSet-Cookie: c=3\r\n'])
})

test('a name that is the end of another one is not taken for it', () => {
  const made = new Answer(200)
  made.add('X-Cache', '1')
  expect(made.get('cache')).toBeUndefined()
})
