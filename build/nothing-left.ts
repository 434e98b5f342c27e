/**
 * Test files share their process (`isolate: false`), so what one leaves behind is there in the next. A leak fails the
 * file that made it: fake timers, the environment, globals, listeners of the process, an exit code, the folder. Spies and
 * stubs are Vitest's to take back (`restoreMocks` and companions in vitest.config.ts).
 */
import { afterAll, beforeAll, expect, vi } from 'vitest'

interface State {
  readonly fakeTimers: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly globals: readonly string[]
  readonly listeners: Readonly<Record<string, number>>
  readonly exitCode: typeof process.exitCode
  readonly folder: string
}

/** What Vitest sets for each file, and Vue when it is first used. */
const ofTools = /^(VITEST|__vitest|__VUE)/
const ours = (name: string): boolean => !ofTools.test(name)

function state(): State {
  return {
    fakeTimers: vi.isFakeTimers(),
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => ours(name))),
    globals: Object.getOwnPropertyNames(globalThis).filter(ours).sort(),
    listeners: Object.fromEntries(
      process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
    ),
    exitCode: process.exitCode,
    folder: process.cwd(),
  }
}

let before: State
beforeAll(() => {
  before = state()
})

afterAll(() => {
  const after = state()
  // Put right before it is told, so that one file's leak is not every later file's failure.
  vi.useRealTimers()
  for (const name of Object.keys(after.env)) if (!(name in before.env)) delete process.env[name]
  Object.assign(process.env, before.env)
  process.exitCode = before.exitCode
  expect(after, 'this file leaves something behind').toEqual(before)
})
