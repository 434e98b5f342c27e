import { EventEmitter } from 'node:events'
import { beforeEach, expect, test, vi } from 'vitest'
import { fakeClock } from '../engine/testing/fake-clock.ts'

const processes: FakeProcess[] = []

class FakeProcess extends EventEmitter {
  readonly sent: [message: unknown, ports: unknown][] = []
  killed = false
  postMessage(message: unknown, ports?: unknown): void {
    this.sent.push([message, ports])
  }
  kill(): void {
    this.killed = true
    this.emit('exit', 1)
  }
}

vi.mock('electron', () => ({
  utilityProcess: {
    fork: () => {
      const started = new FakeProcess()
      processes.push(started)
      return started
    },
  },
  MessageChannelMain: class {
    port1 = 'host’s end'
    port2 = 'client’s end'
  },
}))
const { HostProcess } = await import('./host-process.ts')

function start() {
  const clock = fakeClock()
  const host = new HostProcess({ file: 'host-entry.js', args: [], clock })
  const told: string[] = []
  host.onStarted(() => told.push('started'))
  host.onRefused((why) => told.push(`refused: ${why}`))
  host.onGaveUp((why) => told.push(`gave up: ${why}`))
  host.start()
  return { clock, host, told, newest: () => processes.at(-1) }
}

beforeEach(() => {
  processes.length = 0
})

test('one end of a channel goes to the process, the other to whoever asked', () => {
  const { host, newest } = start()
  expect(host.connect()).toBe('client’s end')
  expect(newest()?.sent).toEqual([[{ type: 'client' }, ['host’s end']]])
})

test('a process that crashes is started again after a pause; there is no port meanwhile', () => {
  const { clock, host, told, newest } = start()
  newest()?.emit('exit', 139)
  expect([processes.length, host.connect()]).toEqual([1, undefined])
  clock.advance(250)
  expect([processes.length, told]).toEqual([2, ['started', 'started']])
})

test('after five restarts within a minute it is left alone, and said', () => {
  const { clock, told, newest } = start()
  for (let crash = 1; crash <= 6; crash++) {
    newest()?.emit('exit', 139)
    clock.advance(5000)
  }
  expect(processes).toHaveLength(6)
  expect(told.at(-1)).toBe('gave up: the engine ended again and again (the last time with code 139)')
})

test('a process that says why it cannot start is not started again', () => {
  const { clock, told, newest } = start()
  newest()?.emit('message', { type: 'failed', message: 'the folder is in use' })
  newest()?.emit('exit', 1)
  clock.advance(60_000)
  expect([processes.length, told]).toEqual([1, ['started', 'refused: the folder is in use']])
})

test('a stop waits for the process to end, and ends it when that takes too long', async () => {
  const gentle = start()
  const stopped = gentle.host.stop()
  expect(gentle.newest()?.sent).toEqual([[{ type: 'stop' }, undefined]])
  gentle.newest()?.emit('exit', 0)
  await stopped
  gentle.clock.advance(60_000)
  expect([processes.length, gentle.newest()?.killed]).toEqual([1, false])

  const stubborn = start()
  const forced = stubborn.host.stop()
  stubborn.clock.advance(5000)
  await forced
  expect(stubborn.newest()?.killed).toBe(true)
})
