import { expect, test } from 'vitest'
import { Emitter } from './emitter.ts'

test('listeners hear in the order they came, until they leave', () => {
  const news = new Emitter<number>()
  const heard: string[] = []
  const a = news.event((n) => heard.push(`a${n}`))
  news.event((n) => heard.push(`b${n}`))
  news.fire(1)
  a.dispose()
  a.dispose()
  news.fire(2)
  expect(heard).toEqual(['a1', 'b1', 'b2'])
})

test('a listener that listens twice hears twice and leaves once', () => {
  const news = new Emitter<number>()
  const heard: number[] = []
  const listener = (n: number): void => void heard.push(n)
  news.event(listener)
  const second = news.event(listener)
  news.fire(1)
  second.dispose()
  news.fire(2)
  expect(heard).toEqual([1, 1, 2])
})

test('who leaves or comes while news is told changes nothing for this news', () => {
  const news = new Emitter<number>()
  const heard: string[] = []
  const first = news.event(() => {
    heard.push('first')
    first.dispose()
    second.dispose()
    news.event(() => heard.push('late'))
  })
  const second = news.event(() => heard.push('second'))
  news.fire(1)
  expect(heard).toEqual(['first', 'second'])
  news.fire(2)
  expect(heard).toEqual(['first', 'second', 'late'])
})

test('all hear though one throws, and the first error is thrown', () => {
  const news = new Emitter<number>()
  const heard: number[] = []
  for (const message of ['one', 'two']) {
    news.event(() => {
      throw new Error(message)
    })
  }
  news.event((n) => heard.push(n))
  expect(() => news.fire(1)).toThrow('one')
  expect(heard).toEqual([1])
})

test('nobody hears after its end', () => {
  const news = new Emitter<number>()
  const heard: number[] = []
  news.event((n) => heard.push(n))
  expect(news.hasListeners).toBe(true)
  news.dispose()
  const late = news.event((n) => heard.push(n))
  news.fire(1)
  late.dispose()
  expect(news.hasListeners).toBe(false)
  expect(heard).toEqual([])
})
