/** Chance that can be had again: the same seed makes the same choices. */
export interface Chance {
  /** A whole number from 0 up to, not with, `below`. */
  upTo(below: number): number
  /** True in `percent` of 100 cases. */
  percent(percent: number): boolean
  /** One of the values, all alike. */
  one<T>(values: readonly T[]): T
  /** One of the values, each as often as its weight says. */
  weighted<T>(values: readonly (readonly [value: T, weight: number])[]): T
}

/** Chance from a seed, by the mulberry32 generator. */
export function chanceOf(seed: number): Chance {
  let state = Math.imul(seed, 0x9e3779b1) | 0
  const upTo = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
  const one = <T>(values: readonly T[]): T => values[upTo(values.length)] as T
  return {
    upTo,
    percent: (percent) => upTo(100) < percent,
    one,
    weighted(values) {
      let left = upTo(values.reduce((sum, [, weight]) => sum + weight, 0))
      for (const [value, weight] of values) {
        if (left < weight) return value
        left -= weight
      }
      return one(values)[0]
    },
  }
}
