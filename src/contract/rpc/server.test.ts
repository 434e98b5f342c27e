import { expect, test } from 'vitest'
import * as z from 'zod'
import type { Contract, Handlers, Stream } from '../definition.ts'
import { Closing, type Channel } from './channel.ts'
import { serve } from './server.ts'

const contract = {
  state: { kind: 'stream', pace: 'latest', input: z.void() } as Stream<void, number>,
  rows: { kind: 'stream', pace: 'batch', list: 'rows', input: z.void() } as Stream<
    void,
    { reset: boolean; dropped: number; rows: number[] }
  >,
} as const satisfies Contract

/** A host with one client of which a test plays the part. */
function start() {
  const closing = new Closing()
  const sent: unknown[] = []
  let receive = (_message: unknown): void => undefined
  const channel: Channel = {
    send: (message) => sent.push(message),
    onMessage: (run) => (receive = run),
    onClose: (run) => closing.onClose(run),
    close: () => closing.close(),
  }
  let sendState = (_n: number): void => undefined
  let sendRow = (_n: number): void => undefined
  const stopped: string[] = []
  const handlers: Handlers<typeof contract> = {
    state: (_input, send) => {
      sendState = send
      return () => stopped.push('state')
    },
    rows: (_input, send) => {
      sendRow = (n) => send({ reset: false, dropped: 0, rows: [n] })
      return () => stopped.push('rows')
    },
  }
  serve(contract, handlers, channel)
  return {
    sent,
    stopped,
    closing,
    say: (message: unknown) => receive(message),
    sendState: (n: number) => sendState(n),
    sendRow: (n: number) => sendRow(n),
  }
}

test('a client that takes nothing gets a handful of messages, however much there is to tell', () => {
  const { sent, say, sendState, sendRow } = start()
  say({ type: 'watch', id: 1, name: 'state' })
  say({ type: 'watch', id: 2, name: 'rows' })
  for (let n = 1; n <= 100_000; n++) {
    sendState(n)
    sendRow(n)
  }
  expect(sent).toHaveLength(2 + 4)
  say({ type: 'taken', id: 1 })
  expect(sent.at(-1)).toEqual({ type: 'item', id: 1, item: 100_000 })
  say({ type: 'taken', id: 2 })
  expect(sent.at(-1)).toMatchObject({ id: 2, item: { dropped: 89_996, rows: { length: 10_000 } } })
})

test('an id is used once', () => {
  const { sent, say, stopped } = start()
  say({ type: 'watch', id: 1, name: 'state' })
  say({ type: 'watch', id: 1, name: 'rows' })
  say({ type: 'unwatch', id: 1 })
  expect(stopped).toEqual(['state'])
  expect(sent).toEqual([{ type: 'error', id: 1, code: 'invalid-input', message: 'stream 1 is already open' }])
})

test('names of every object are not names of the contract', () => {
  const { sent, say } = start()
  for (const name of ['constructor', '__proto__', 'hasOwnProperty']) say({ type: 'watch', id: 1, name })
  expect(sent.map((message) => (message as { code: string }).code)).toEqual(Array(3).fill('unknown-name'))
})

test('when the channel ends, every stream is stopped, once', () => {
  const { say, closing, stopped } = start()
  say({ type: 'watch', id: 1, name: 'state' })
  say({ type: 'watch', id: 2, name: 'rows' })
  say({ type: 'unwatch', id: 2 })
  closing.close()
  expect(stopped).toEqual(['rows', 'state'])
})
