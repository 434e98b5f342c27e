import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineDifference } from './line-difference.ts'

const shown = (before: string, after: string): string =>
  lineDifference([...before], [...after])
    .map(({ text, mark }) => ({ same: ' ', added: '+', removed: '-' })[mark] + text)
    .join('')

test('what both have stays, what one has is marked', () => {
  expect(shown('abcd', 'axcd')).toBe(' a-b+x c d')
  expect(shown('', 'ab')).toBe('+a+b')
  expect(shown('ab', 'ab')).toBe(' a b')
})

test('either text can be read out of the difference', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const difference = lineDifference(before, after)
      const without = (mark: string): string[] =>
        difference.filter((line) => line.mark !== mark).map(({ text }) => text)
      expect([without('added'), without('removed')]).toEqual([before, after])
    }),
  )
})
