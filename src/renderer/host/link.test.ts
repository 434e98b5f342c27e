import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hostContract } from '../../contract/contract.ts'
import { type Handlers } from '../../contract/definition.ts'
import type { Channel } from '../../contract/rpc/channel.ts'
import { memoryChannel } from '../../contract/rpc/memory-channel.ts'
import { serve } from '../../contract/rpc/server.ts'
import { linkHost } from './link.ts'

/** A host that can go away: each connection watches preferences `{ connection: n }`. */
function flakyHost() {
  let connection = 0
  let served: Channel | undefined
  let away = false
  const open = async (): Promise<Channel> => {
    if (away) throw new Error('nobody there')
    const [here, there] = memoryChannel()
    const number = ++connection
    const handlers = {
      'about.get': () => ({ version: '1', node: '24', platform: 'test', face: 'browser', folder: '/tmp' }),
      'preferences.watch': (_input: void, send: (item: Record<string, unknown>) => void) => {
        send({ connection: number })
        return () => undefined
      },
    } as unknown as Handlers<typeof hostContract>
    serve(hostContract, handlers, there)
    served = there
    return here
  }
  return {
    open,
    drop: () => served?.close(),
    goAway: (is: boolean) => {
      away = is
    },
  }
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('a stream begins again with its snapshot after the connection was lost', async () => {
  const host = flakyHost()
  const link = linkHost(host.open)
  const seen: unknown[] = []
  link.watch('preferences.watch', (item) => seen.push(item))
  await settle()
  expect(link.state.value).toBe('open')
  host.drop()
  expect(link.state.value).toBe('lost')
  await vi.advanceTimersByTimeAsync(300)
  expect(link.state.value).toBe('open')
  expect(seen).toEqual([{ connection: 1 }, { connection: 2 }])
  link.dispose()
})

test('a stream that was ended does not begin again', async () => {
  const host = flakyHost()
  const link = linkHost(host.open)
  const seen: unknown[] = []
  const stop = link.watch('preferences.watch', (item) => seen.push(item))
  await settle()
  stop()
  host.drop()
  await vi.advanceTimersByTimeAsync(300)
  expect(seen).toEqual([{ connection: 1 }])
  link.dispose()
})

test('a call while there is no connection is refused with its reason', async () => {
  const host = flakyHost()
  const link = linkHost(host.open)
  await settle()
  host.drop()
  await expect(link.call('about.get')).rejects.toMatchObject({ code: 'closed' })
  link.dispose()
})

test('while nobody answers, the pauses double up to four seconds', async () => {
  const host = flakyHost()
  host.goAway(true)
  const tries: number[] = []
  const link = linkHost(() => {
    tries.push(Date.now())
    return host.open()
  })
  const begin = Date.now()
  await vi.advanceTimersByTimeAsync(12_000)
  expect(tries.map((at) => at - begin)).toEqual([0, 250, 750, 1750, 3750, 7750, 11_750])
  host.goAway(false)
  link.retry()
  await settle()
  expect(link.state.value).toBe('open')
  link.dispose()
})
