import { expect, test } from 'vitest'
import { atEndOfTurn } from './end-of-turn.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what is to be written goes out at the end of the turn, in the order it was asked for', async () => {
  const said: string[] = []
  atEndOfTurn({ endOfTurn: () => void said.push('first') })
  atEndOfTurn({ endOfTurn: () => void said.push('second') })
  await Promise.resolve()
  expect(said).toEqual([])
  await turn()
  expect(said).toEqual(['first', 'second'])
})

test('what a write brings about goes out in the next turn', async () => {
  const said: string[] = []
  atEndOfTurn({
    endOfTurn: () => {
      said.push('now')
      atEndOfTurn({ endOfTurn: () => void said.push('next') })
    },
  })
  await turn()
  expect(said).toEqual(['now'])
  await turn()
  expect(said).toEqual(['now', 'next'])
})
