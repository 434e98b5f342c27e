import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { tunnelOf } from './tunnel.ts'

function stage() {
  const said: string[] = []
  const socket = {
    destroyed: false,
    write: (buffer: Buffer) => {
      said.push(`write ${buffer.toString()}`)
      return false
    },
    end: () => void said.push('end'),
    pause: () => void said.push('pause'),
    resume: () => void said.push('resume'),
    destroy: () => void said.push('destroy'),
  }
  let sent = 0
  const tunnel = tunnelOf(socket as unknown as Socket, Buffer.from('early'), (bytes) => (sent += bytes))
  return { said, socket, tunnel, sent: () => sent }
}

test('what is written is counted, and a full socket is told of', () => {
  const { said, tunnel, sent } = stage()
  expect(tunnel.write(Buffer.from('hello'))).toBe(false)
  expect([said, sent()]).toEqual([['write hello'], 5])
})

test('nothing is written to a socket that is gone, and nobody waits for it', () => {
  const { said, socket, tunnel, sent } = stage()
  socket.destroyed = true
  expect(tunnel.write(Buffer.from('hello'))).toBe(true)
  expect([said, sent()]).toEqual([[], 0])
})

test('what the connection tells goes to whoever joined it meanwhile', () => {
  const { said, tunnel } = stage()
  tunnel.onData = (buffer) => void said.push(`data ${buffer.toString()}`)
  tunnel.onEnd = () => void said.push('ended')
  tunnel.onDrain = () => void said.push('drained')
  tunnel.onClose = (error) => void said.push(`closed ${error ?? 'well'}`)
  tunnel.feed(Buffer.from('x'))
  tunnel.ended()
  tunnel.drained()
  tunnel.closed('104: Connection reset by peer')
  tunnel.closed()
  expect(said).toEqual(['data x', 'ended', 'drained', 'closed 104: Connection reset by peer', 'closed well'])
})
