import { describe, expect, it } from 'vitest'
import { RateStates } from './request-rates.ts'

const rate = 1000 // one a second

/** The excess after each request of a key, `over` where it is rejected. */
function excesses(times: readonly number[], burst: number, perSecond = rate): (number | string)[] {
  const states = new RateStates('one', 65_536)
  return times.map((now) => {
    const found = states.lookup('key', perSecond, burst, true, now)
    return 'excess' in found && found.verdict === 'counted' ? found.excess : found.verdict
  })
}

describe('RateStates', () => {
  it.each<[string, number[], number, number, (number | string)[]]>([
    ['requests at the rate leave no excess', [0, 1000, 2000], 0, rate, [0, 0, 0]],
    ['a burst adds up', [0, 0, 0, 0], 2000, rate, [0, 1000, 2000, 'over']],
    ['a rejected request does not count', [0, 0, 500, 1000], 0, rate, [0, 'over', 'over', 0]],
    ['excess drains with time', [0, 0, 0, 1500], 5000, rate, [0, 1000, 2000, 1500]],
    ['thousandths are cut, not rounded', [0, 1, 2, 3], 5000, 1666, [0, 999, 1998, 2997]],
    ['a rate below one a second', [0, 59_999, 60_000], 0, 16, [0, 'over', 'over']],
    ['a minute and a bit at one a minute', [0, 62_500], 0, 16, [0, 0]],
  ])('%s', (_what, times, burst, perSecond, expected) => {
    expect(excesses(times, burst, perSecond)).toEqual(expected)
  })

  it('within one millisecond the time of the first request stands', () => {
    const states = new RateStates('one', 65_536)
    states.lookup('key', rate, 9000, true, 10)
    states.lookup('key', rate, 9000, true, 10)
    expect(states.lookup('key', rate, 9000, true, 11)).toEqual({ verdict: 'counted', excess: 1999 })
  })

  it('a request that waits for other limits counts when they agree', () => {
    const states = new RateStates('one', 65_536)
    const first = states.lookup('key', rate, 9000, false, 5)
    if (first.verdict !== 'more') throw new Error(first.verdict)
    expect([states.account(first.state, rate, 5), states.keys]).toEqual([0, 1])
    const second = states.lookup('key', rate, 9000, false, 5)
    if (second.verdict !== 'more') throw new Error(second.verdict)
    expect(states.account(second.state, rate, 5)).toBe(1000)
  })

  it('drained states go after a minute, one or two with each new key', () => {
    const states = new RateStates('one', 65_536)
    for (const key of ['a', 'b', 'c', 'd']) states.lookup(key, rate, 0, true, 0)
    states.lookup('e', rate, 0, true, 59_999)
    expect(states.keys).toBe(5)
    states.lookup('f', rate, 0, true, 60_000)
    expect(states.keys).toBe(4)
  })

  it('when memory is out the least recently used goes, even with excess', () => {
    const states = new RateStates('one', 32_768)
    let count = 0
    while (states.evicted === 0) states.lookup(`key ${count++}`, rate, 9000, true, 0)
    // nginx 1.22.1 keeps as many in 32k.
    expect([count - 1, states.keys]).toEqual([191, 191])
    expect(states.lookup('key 1', rate, 9000, true, 0)).toEqual({ verdict: 'counted', excess: 1000 })
    expect(states.lookup('key 0', rate, 9000, true, 0)).toEqual({ verdict: 'counted', excess: 0 })
  })

  it('a state that is waited for does not go: there is no room', () => {
    const states = new RateStates('one', 32_768)
    for (let i = 0; i < 191; i++) states.lookup(`key ${i}`, rate, 0, false, 0)
    expect(states.lookup('one more', rate, 0, true, 0)).toEqual({ verdict: 'full' })
  })

  it('the hottest keys are those with the most excess now', () => {
    const states = new RateStates('one', 65_536)
    for (const [key, times] of Object.entries({ $a: 1, '\\\n': 4, c: 2 }))
      for (let i = 0; i < times; i++) states.lookup(key, rate, 9000, true, 0)
    expect(states.hottest(2, rate, '$uri', { monotonic: 500, wall: 1_760_000_000_600 })).toEqual([
      { key: '\\\\\\x0a', load: 2.5, lastAt: 1_760_000_000_000, delayed: 0, rejected: 0 },
      { key: 'c', load: 0.5, lastAt: 1_760_000_000_000, delayed: 0, rejected: 0 },
    ])
  })

  it('a key that is reset begins anew', () => {
    const states = new RateStates('one', 65_536)
    states.lookup('key', rate, 9000, true, 0)
    expect([states.reset('key'), states.reset('key'), states.keys]).toEqual([true, false, 0])
  })
})
