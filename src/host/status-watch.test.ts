import { describe, expect, it } from 'vitest'
import { fakeClock } from '../engine/testing/fake-clock.ts'
import { StatusWatch } from './status-watch.ts'

describe('StatusWatch', () => {
  it('tells what is there at once, and then only what has changed', () => {
    const clock = fakeClock()
    let now = [{ name: 'a', keys: 1 }]
    const watch = new StatusWatch(clock, () => now)
    const told: unknown[] = []
    const stop = watch.watch((state) => told.push(state))
    clock.advance(2000)
    now = [{ name: 'a', keys: 2 }]
    clock.advance(500)
    stop()
    now = []
    clock.advance(2000)
    expect(told).toEqual([[{ name: 'a', keys: 1 }], [{ name: 'a', keys: 2 }]])
  })

  it('does not look while nobody watches', () => {
    const clock = fakeClock()
    let looks = 0
    const watch = new StatusWatch(clock, () => [looks++])
    watch.watch(() => undefined)()
    clock.advance(10_000)
    expect(looks).toBe(1)
  })
})
