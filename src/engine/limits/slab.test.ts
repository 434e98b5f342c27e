import { describe, expect, it } from 'vitest'
import { Slab } from './slab.ts'

function fill(slab: Slab, bytes: number): number {
  let count = 0
  while (slab.alloc(bytes)) count++
  return count
}

describe('Slab', () => {
  // 32k is the smallest zone: seven pages are left of its eight.
  it.each([
    [32_768, 84, 7 * 32],
    [32_768, 40, 7 * 64],
    [32_768, 20, 7 * 127],
    [32_768, 3000, 7],
    [32_768, 5000, 3],
    [1_048_576, 84, 254 * 32],
  ])('in %i bytes there is room for %i bytes %i times', (size, bytes, times) => {
    expect(fill(new Slab(size), bytes)).toBe(times)
  })

  it('what was given back can be taken again, in another size where a page is empty', () => {
    const slab = new Slab(32_768)
    fill(slab, 84)
    for (let i = 0; i < 31; i++) slab.free(84)
    expect(slab.alloc(200)).toBe(false)
    slab.free(84)
    expect([slab.alloc(200), slab.used]).toEqual([true, slab.capacity])
  })
})
