import { beforeEach, expect, it } from 'vitest'
import { freshTurn } from './testing/fresh-turn.ts'
import { mayMove, newcomer, type Flow } from './turn-share.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const piece = 65_536

/** A body of some pieces, which writes down each that it moves. */
function body(name: string, pieces: number, moved: string[]): Flow & { go(): void } {
  let left = pieces
  const move = (): void => {
    moved.push(name)
    left--
  }
  const go = (): void => {
    while (left > 0 && mayMove(flow, piece)) move()
  }
  const flow = {
    go,
    goOn: () => {
      move()
      go()
    },
  }
  return flow
}

beforeEach(freshTurn)

it('what fits in a turn is moved at once', () => {
  const moved: string[] = []
  body('a', 5, moved).go()
  expect(moved).toEqual(Array(5).fill('a'))
})

it('what does not fit goes on in the next turns, and comes to its end', async () => {
  const moved: string[] = []
  body('a', 30, moved).go()
  const first = moved.length
  await turn()
  expect([first, moved.length]).toEqual([8, 16])
  for (let n = 0; n < 5; n++) await turn()
  expect(moved).toHaveLength(30)
})

it('who waits goes on one piece each, in the order they came', async () => {
  const moved: string[] = []
  const names = ['a', 'b', 'c']
  body('first', 8, moved).go()
  for (const name of names) body(name, 3, moved).go()
  expect(moved).toEqual(Array(8).fill('first'))
  await turn()
  expect(moved.slice(8)).toEqual([...names, ...names, 'a', 'b'])
  await turn()
  expect(moved.slice(16)).toEqual(['c'])
})

it('a newcomer does not overtake who waits', async () => {
  const moved: string[] = []
  body('first', 9, moved).go()
  body('new', 1, moved).go()
  expect(moved).not.toContain('new')
  await turn()
  expect(moved.slice(8)).toEqual(['first', 'new'])
})

it('a large body waits while somebody comes in, and goes on when nobody does', async () => {
  const moved: string[] = []
  newcomer()
  body('a', 1, moved).go()
  await turn()
  expect(moved).toEqual([])
  await turn()
  expect(moved).toEqual(['a'])
})

it('those who come in without end do not hold it up for good', async () => {
  const moved: string[] = []
  newcomer()
  body('a', 1, moved).go()
  let turns = 0
  for (; moved.length === 0 && turns < 100; turns++) {
    newcomer()
    await turn()
  }
  expect([moved, turns]).toEqual([['a'], 16])
})
