import { describe, expect, test } from 'vitest'
import {
  headComplete,
  headRefused,
  headStart,
  requestHeadMachine,
  responseHeadMachine,
  scanHead,
  type HeadMachine,
} from './head-machine.ts'

/** Where the machine stands after `text`, and how many bytes it has looked at. */
function scan(machine: HeadMachine, text: string, state = headStart): { at: number; state: number } {
  const bytes = Buffer.from(`##${text}##`, 'latin1')
  const result = scanHead(machine, state, bytes, 2, 2 + text.length)
  return { at: Math.floor(result / 64) - 2, state: result % 64 }
}

const get = 'GET http://a.b:80/c HTTP/1.1\r\nHost: a\r\nX\n\r\n'
const ok = 'HTTP/1.1  200.1 OK\r\nH: 1\r\nHTTP: 2\r\nHTTP/1.1 200 OK\r\nHTTX: 3\n\n'

test.each<[what: string, machine: HeadMachine, text: string]>([
  ['a request', requestHeadMachine, get],
  ['a request after empty lines', requestHeadMachine, `\r\n\n${get}`],
  ['a request of HTTP/0.9', requestHeadMachine, 'GET /\r\n'],
  ['a response', responseHeadMachine, ok],
])('the head of %s is complete at its last byte and not before, wherever it is cut', (_, machine, text) => {
  expect(scan(machine, `${text}more`)).toEqual({ at: text.length, state: headComplete })
  for (let cut = 0; cut < text.length; cut++) {
    const first = scan(machine, text.slice(0, cut))
    expect(first.at).toBe(cut)
    expect(first.state).toBeGreaterThan(headComplete)
    expect(scan(machine, text.slice(cut), first.state)).toEqual({
      at: text.length - cut,
      state: headComplete,
    })
  }
})

test.each<[machine: HeadMachine, text: string, at: number]>([
  [requestHeadMachine, 'get / HTTP/1.1\r\n', 1],
  [requestHeadMachine, 'GET /a\x01', 7],
  [requestHeadMachine, 'GET / HTTP/2.0\r\n', 12],
  [requestHeadMachine, 'GET / HTTP/1.1\r\nA B: c\r\n', 18],
  [requestHeadMachine, 'GET / HTTP/1.1\r\nA: \0', 20],
  [responseHeadMachine, '<html>', 1],
  [responseHeadMachine, 'HTTP/1.1 20x', 12],
  [responseHeadMachine, 'HTTP/1.1 200 OK\r\nHTTP/\0', 23],
])('%# is refused at its first wrong byte and not read further', (machine, text, at) => {
  expect(scan(machine, `${text}more`)).toEqual({ at, state: headRefused })
})

describe.each([
  ['requests', requestHeadMachine],
  ['responses', responseHeadMachine],
])('the table of %s', (_, machine) => {
  test('names no state that it does not have, and each of its states is reached', () => {
    const states = machine.length / 256
    const reached = new Set([headStart])
    for (const state of reached)
      if (state > headComplete)
        for (const next of machine.subarray(state * 256, state * 256 + 256)) reached.add(next)
    expect([...reached].sort((a, b) => a - b)).toEqual(Array.from({ length: states }, (__, i) => i))
    // A state and a position are told in one number, with 64 for the state.
    expect(states).toBeLessThanOrEqual(64)
  })
})
