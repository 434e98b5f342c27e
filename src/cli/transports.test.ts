// The contract's RPC over every transport: the same suite, the same results.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket as WsWebSocket, WebSocketServer } from 'ws'
import * as z from 'zod'
import type { Client, Contract, Handlers, Stream } from '../contract/definition.ts'
import { ContractError } from '../contract/errors.ts'
import type { Channel } from '../contract/rpc/channel.ts'
import { createClient } from '../contract/rpc/client.ts'
import { memoryChannel } from '../contract/rpc/memory-channel.ts'
import { portChannel, type EmitterPort } from '../contract/rpc/port-channel.ts'
import { serve } from '../contract/rpc/server.ts'
import { webSocketChannel } from '../contract/rpc/web-socket-channel.ts'

const contract = {
  double: { kind: 'command', input: z.object({ n: z.number() }) },
  nothing: { kind: 'command', input: z.void() },
  refuse: { kind: 'command', input: z.object({ code: z.string() }) },
  never: { kind: 'command', input: z.void() },
  echo: { kind: 'command', input: z.object({ value: z.unknown() }) },
  clock: { kind: 'stream', pace: 'latest', input: z.void() } as Stream<void, number>,
  rows: { kind: 'stream', pace: 'batch', list: 'rows', input: z.void() } as Stream<
    void,
    { reset: boolean; dropped: number; rows: number[] }
  >,
  broken: { kind: 'stream', pace: 'latest', input: z.void() } as Stream<void, number>,
} as const satisfies Contract
type TestContract = typeof contract

interface Ends {
  host: Channel
  client: Channel
}

const undo: (() => void)[] = []
afterEach(() => {
  for (const run of undo.splice(0)) run()
})

/** What Electron's MessagePortMain looks like, around a port of Node. */
function asEmitterPort(port: MessagePort): EmitterPort {
  return {
    postMessage: (message: string) => port.postMessage(message),
    start: () => undefined,
    close: () => port.close(),
    on(type: 'message' | 'close', listener: (event: { data: unknown }) => void) {
      if (type === 'message') port.on('message', (data: unknown) => listener({ data }))
      else port.on('close', () => listener({ data: undefined }))
    },
  }
}

async function socketPair(connect: (url: string) => Parameters<typeof webSocketChannel>[0]): Promise<Ends> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  undo.push(() => server.close())
  const accepted = new Promise<Channel>((answer) => {
    server.on('connection', (socket) => answer(webSocketChannel(socket)))
  })
  const { port } = server.address() as AddressInfo
  return { client: webSocketChannel(connect(`ws://127.0.0.1:${port}`)), host: await accepted }
}

const transports: Record<string, () => Promise<Ends>> = {
  memory: async () => {
    const [client, host] = memoryChannel()
    return { client, host }
  },
  'MessagePort, as a page and Electron have it': async () => {
    const { port1, port2 } = new MessageChannel()
    return { client: portChannel(port1), host: portChannel(asEmitterPort(port2)) }
  },
  'WebSocket of a page to ws': () => socketPair((url) => new WebSocket(url)),
  'WebSocket of ws to ws': () => socketPair((url) => new WsWebSocket(url)),
}

interface Started {
  client: Client<TestContract>
  ends: Ends
  /** What the handlers can send on, and whom they stopped sending to. */
  sendClock: (value: number) => void
  sendRows: (rows: number[]) => void
  stopped: string[]
}

async function start(transport: () => Promise<Ends>): Promise<Started> {
  const ends = await transport()
  const clocks = new Set<(value: number) => void>()
  const rows = new Set<(item: { reset: boolean; dropped: number; rows: number[] }) => void>()
  const stopped: string[] = []
  const handlers: Handlers<TestContract> = {
    double: ({ n }) => n * 2,
    nothing: () => undefined,
    refuse: ({ code }) => {
      if (code === 'state-folder') throw new ContractError('state-folder', 'the disk is full')
      throw new Error('a mistake of ours')
    },
    never: () => new Promise<void>(() => undefined),
    echo: ({ value }) => value,
    clock: (_input, send) => {
      send(0)
      clocks.add(send)
      return () => {
        clocks.delete(send)
        stopped.push('clock')
      }
    },
    rows: (_input, send) => {
      send({ reset: true, dropped: 0, rows: [0] })
      rows.add(send)
      return () => void rows.delete(send)
    },
    broken: () => {
      throw new ContractError('not-found', 'there is no clock')
    },
  }
  serve(contract, handlers, ends.host)
  const client = createClient(contract, ends.client)
  undo.push(() => client.close())
  return {
    client,
    ends,
    sendClock: (value) => clocks.forEach((send) => send(value)),
    sendRows: (more) => rows.forEach((send) => send({ reset: false, dropped: 0, rows: more })),
    stopped,
  }
}

/** Collects a stream's items and lets a test wait for one. */
function collect<T>(): { items: T[]; onItem: (item: T) => void; until: (last: T) => Promise<void> } {
  const items: T[] = []
  let look = (): void => undefined
  return {
    items,
    onItem: (item) => {
      items.push(item)
      look()
    },
    until: (last) =>
      new Promise((found) => {
        look = () => {
          if (JSON.stringify(items.at(-1)) === JSON.stringify(last)) found()
        }
        look()
      }),
  }
}

describe.for(Object.entries(transports))('over %s', ([, transport]) => {
  test('a command is answered, also with nothing', async () => {
    const { client } = await start(transport)
    expect(await client.call('double', { n: 21 })).toBe(42)
    expect(await client.call('nothing')).toBe(undefined)
  })

  test('values arrive as JSON has them, whatever the transport could do', async () => {
    const { client } = await start(transport)
    const value = { list: [1, 'ä\u0000\u2028', null], absent: undefined, at: new Date(0) }
    expect(await client.call('echo', { value })).toEqual({
      list: [1, 'ä\u0000\u2028', null],
      at: '1970-01-01T00:00:00.000Z',
    })
  })

  test('errors cross with their code and sentence', async () => {
    const { client } = await start(transport)
    const codes = async (call: Promise<unknown>) =>
      call.catch((error: unknown) => error instanceof ContractError && [error.code, error.message])
    expect(await codes(client.call('refuse', { code: 'state-folder' }))).toEqual([
      'state-folder',
      'the disk is full',
    ])
    expect(await codes(client.call('refuse', { code: 'other' }))).toEqual(['internal', 'a mistake of ours'])
    const wrong = { n: 'text' } as unknown as { n: number }
    expect(await codes(client.call('double', wrong))).toEqual([
      'invalid-input',
      expect.stringContaining('expected number') as string,
    ])
    for (const name of ['absent', 'toString', 'clock'] as unknown as 'nothing'[])
      expect(await codes(client.call(name))).toEqual(['unknown-name', `there is no command "${name}"`])
  })

  test('a stream starts with its snapshot, goes on, and stops on both sides when unwatched', async () => {
    const { client, sendClock, stopped } = await start(transport)
    const seen = collect<number>()
    const stop = client.watch('clock', seen.onItem)
    await seen.until(0)
    sendClock(1)
    await seen.until(1)
    stop()
    sendClock(2)
    await client.call('nothing')
    expect({ items: seen.items, stopped }).toEqual({ items: [0, 1], stopped: ['clock'] })
  })

  test('a stream that cannot be opened tells why', async () => {
    const { client } = await start(transport)
    const error = await new Promise<ContractError>((told) => {
      client.watch('broken', () => undefined, told)
    })
    expect([error.code, error.message]).toEqual(['not-found', 'there is no clock'])
  })

  test('a burst loses no row of a batch stream, and a latest stream ends at the newest state', async () => {
    const { client, sendClock, sendRows } = await start(transport)
    const clock = collect<number>()
    client.watch('clock', clock.onItem)
    const rows: number[] = []
    const all = new Promise<void>((done) => {
      client.watch('rows', (item) => {
        rows.push(...item.rows)
        if (rows.at(-1) === 2000) done()
      })
    })
    await clock.until(0)
    await client.call('nothing')
    for (let n = 1; n <= 2000; n++) {
      sendClock(n)
      sendRows([n])
    }
    await all
    await clock.until(2000)
    expect(rows).toEqual(Array.from({ length: 2001 }, (_, n) => n))
    expect(clock.items.length).toBeLessThan(2000)
  })

  test.for(['host', 'client'] as const)(
    'when the %s closes, calls under way and later ones reject and streams end',
    async (side) => {
      const { client, ends, stopped } = await start(transport)
      const seen = collect<number>()
      client.watch('clock', seen.onItem)
      await seen.until(0)
      const hostClosed = new Promise<void>((closed) => ends.host.onClose(closed))
      const underWay = client.call('never')
      ends[side].close()
      await expect(underWay).rejects.toMatchObject({ code: 'closed' })
      await expect(client.call('nothing')).rejects.toMatchObject({ code: 'closed' })
      await hostClosed
      expect(stopped).toEqual(['clock'])
      let told = false
      client.onClose(() => (told = true))
      expect(told).toBe(true)
    },
  )

  test('who does not speak the protocol is hung up on', async () => {
    const { ends } = await start(transport)
    const closed = new Promise<void>((done) => ends.client.onClose(done))
    ends.client.send({ type: 'shout' })
    await closed
  })
})
