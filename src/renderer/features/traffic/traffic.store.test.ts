import { beforeEach, expect, test, vi } from 'vitest'
import { fakeHost } from '../../testing/fake-host.ts'
import { livelyTraffic } from '../../testing/lively-traffic.ts'
import { withStores } from '../../testing/mount.ts'
import { longest, useTraffic } from './traffic.store.ts'

beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => {
    frames.push(run)
    return frames.length
  })
  frames.length = 0
})
const frames: (() => void)[] = []
const nextFrame = (): void => {
  for (const run of frames.splice(0)) run()
}

function start() {
  const host = withStores(fakeHost())
  const make = livelyTraffic()
  const traffic = useTraffic()
  const send = (count: number): void => host.traffic(Array.from({ length: count }, () => make(0)))
  return { host, traffic, send }
}

test('rows that come within one frame are added at once', () => {
  const { traffic, send } = start()
  send(3)
  send(4)
  expect(traffic.rows).toHaveLength(0)
  expect(frames).toHaveLength(1)
  nextFrame()
  expect(traffic.rows.map((row) => row.id)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('under load rows are added four times a second, and nothing is lost', () => {
  vi.useFakeTimers()
  const { traffic, send } = start()
  send(150)
  nextFrame()
  vi.advanceTimersByTime(250)
  send(150)
  nextFrame()
  send(150)
  expect(frames).toHaveLength(0)
  vi.advanceTimersByTime(249)
  expect(frames).toHaveLength(0)
  vi.advanceTimersByTime(1)
  nextFrame()
  expect(traffic.rows).toHaveLength(450)
  vi.useRealTimers()
})

test('no more rows are kept than the host keeps', () => {
  const { traffic, send } = start()
  send(longest - 1)
  nextFrame()
  send(5)
  nextFrame()
  expect(traffic.rows).toHaveLength(longest)
  expect(traffic.rows.at(-1)?.id).toBe(longest + 4)
})

test('a filter looks at new rows too, and forgets those that are gone', () => {
  const { traffic, send } = start()
  send(500)
  nextFrame()
  traffic.setFilter('status:5xx')
  const before = traffic.shown.length
  expect(before).toBe(traffic.rows.filter((row) => row.status >= 500).length)
  send(longest)
  nextFrame()
  expect(traffic.shown.map((row) => row.id)).toEqual(
    traffic.rows.filter((row) => row.status >= 500).map((row) => row.id),
  )
})

test('a filter that is not understood leaves the rows as they are', () => {
  const { traffic, send } = start()
  send(50)
  nextFrame()
  traffic.setFilter('status:5xx')
  const shown = traffic.shown
  traffic.setFilter('status:5xx colour:red')
  expect(traffic.shown).toBe(shown)
  expect('problem' in traffic.filter).toBe(true)
})

test('a pause holds the rows still and counts what comes', () => {
  const { traffic, send } = start()
  send(2)
  nextFrame()
  traffic.setPaused(true)
  send(5)
  nextFrame()
  expect([traffic.rows.length, traffic.missed]).toEqual([2, 5])
  traffic.setPaused(false)
  nextFrame()
  expect([traffic.rows.length, traffic.missed]).toEqual([7, 0])
})

test('a reset begins anew', async () => {
  const { traffic, send } = start()
  send(5)
  nextFrame()
  await traffic.clear()
  expect(traffic.rows).toEqual([])
})

test('the detail of a selected row is fetched', async () => {
  const { traffic, send } = start()
  send(5)
  nextFrame()
  traffic.select(3)
  await vi.waitFor(() => expect(traffic.detail?.record.id).toBe(3))
  traffic.select(99)
  await vi.waitFor(() => expect(traffic.detail).toBeNull())
})
