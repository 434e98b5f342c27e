import { describe, expect, test } from 'vitest'
import { disposable, Disposables } from './disposable.ts'

test('a disposable ends once', () => {
  let ends = 0
  const thing = disposable(() => ends++)
  thing.dispose()
  thing.dispose()
  expect(ends).toBe(1)
})

describe('things that end together', () => {
  test('end in the reverse of the order they were added in, once', () => {
    const ended: string[] = []
    const all = new Disposables()
    for (const name of ['a', 'b', 'c']) all.add(disposable(() => ended.push(name)))
    all.dispose()
    all.dispose()
    expect(ended).toEqual(['c', 'b', 'a'])
  })

  test('end at once when they come late', () => {
    const all = new Disposables()
    all.dispose()
    let ended = false
    all.add({ dispose: () => (ended = true) })
    expect(ended).toBe(true)
  })

  test('all end though one throws, and what it threw is thrown', () => {
    const ended: string[] = []
    const all = new Disposables()
    all.add(disposable(() => ended.push('a')))
    all.add({
      dispose() {
        throw new Error('b is stuck')
      },
    })
    all.add(disposable(() => ended.push('c')))
    expect(() => all.dispose()).toThrow('b is stuck')
    expect(ended).toEqual(['c', 'a'])
  })

  test('several errors are thrown as one', () => {
    const all = new Disposables()
    const stuck = {
      dispose() {
        throw new Error('stuck')
      },
    }
    all.add(stuck)
    all.add(stuck)
    expect(() => all.dispose()).toThrow(AggregateError)
  })
})
