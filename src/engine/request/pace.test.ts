import { describe, expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { Pace } from './pace.ts'

/** What was sent when: [milliseconds since the start, bytes]. */
function start(rate: number, after = 0, flowing: () => boolean = () => true) {
  const clock = fakeClock()
  const sent: [number, number][] = []
  let ready = 0
  const pace = new Pace({
    clock,
    rate,
    after,
    startedAt: clock.now(),
    send: (piece) => {
      sent.push([clock.monotonic(), piece.length])
      return flowing()
    },
    ready: () => void ready++,
  })
  return { clock, sent, pace, ready: () => ready }
}

describe('Pace', () => {
  it('lets go what one second allows, then waits for as long as that takes', () => {
    const { clock, sent, pace, ready } = start(1000)
    expect(pace.push(Buffer.alloc(2500))).toBe(false)
    clock.advance(10_000)
    expect(sent).toEqual([
      [0, 1000],
      [1000, 1000],
      [2000, 500],
    ])
    expect([pace.pending, ready()]).toEqual([0, 1])
  })

  it('small pieces wait in proportion', () => {
    const { clock, sent, pace } = start(1000)
    expect(pace.push(Buffer.alloc(100))).toBe(false)
    pace.push(Buffer.alloc(100))
    clock.advance(99)
    expect(sent).toHaveLength(1)
    clock.advance(1)
    expect(sent).toHaveLength(2)
  })

  it('what comes before limit_rate_after does not count', () => {
    const { clock, sent, pace } = start(1000, 5000)
    expect(pace.push(Buffer.alloc(4000))).toBe(true)
    pace.push(Buffer.alloc(4000))
    clock.advance(5000)
    expect(sent).toEqual([
      [0, 4000],
      [0, 2000],
      [1000, 1000],
      [2000, 1000],
    ])
  })

  it('waits for a receiver that takes no more', () => {
    let flowing = false
    const { clock, sent, pace, ready } = start(1000, 0, () => flowing)
    pace.push(Buffer.alloc(1500))
    clock.advance(5000)
    expect(sent).toHaveLength(1)
    flowing = true
    expect([pace.drained(), sent.length, pace.pending]).toEqual([false, 2, 0])
    clock.advance(500)
    expect(ready()).toBe(1)
  })

  it('nothing is sent any more when it is disposed of', () => {
    const { clock, sent, pace, ready } = start(1000)
    pace.push(Buffer.alloc(1500))
    pace.dispose()
    clock.advance(5000)
    expect([sent.length, ready()]).toEqual([1, 0])
  })
})
