import { mayMove } from '../turn-share.ts'

/** Resolves in a turn that nobody has used: what another test has moved, or who came in then, is over. */
export async function freshTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (mayMove({ goOn: resolve }, 0)) resolve()
  })
  for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve))
}
