import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { UpstreamConnection, type ConnectionUser } from './connection.ts'
import { Peer } from './peer.ts'

let server: Server
let whenAccepted: (socket: Socket) => void = () => undefined
beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined) // a reset is what some tests are about
    whenAccepted(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => server.close())

/** A connection with both its ends, and what its user is told. */
async function pair() {
  const clock = fakeClock()
  const accepted = new Promise<Socket>((resolve) => (whenAccepted = resolve))
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const connection = new UpstreamConnection(
    socket,
    new Peer({ name: 'a:80', server: 'a:80', dial: { path: '' } }),
    '',
    clock,
  )
  socket.on('data', (piece: Buffer) => connection.take(piece))
  const peer = await accepted
  const told: string[] = []
  const user: ConnectionUser = {
    data: (piece) => void told.push(`data ${piece.toString('latin1')}`),
    ended: () => void told.push('ended'),
    drained: () => void told.push('drained'),
    closed: (error) => void told.push(`closed ${error?.code ?? ''}`),
    expired: () => void told.push('expired'),
  }
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return { clock, connection, peer, told, user, closed }
}

async function turnsUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('a request goes out at the end of the turn, one byte a character, and the answer comes to its user', async () => {
  const { connection, peer, told, user } = await pair()
  connection.user = user
  let got = ''
  peer.on('data', (piece: Buffer) => (got += piece.toString('latin1')))
  connection.sendSoon('GET /ü')
  await turnsUntil(() => got === 'GET /ü')
  peer.write('answer')
  await turnsUntil(() => told.length > 0)
  peer.end()
  await turnsUntil(() => told.length > 1)
  expect(told).toEqual(['data answer', 'ended'])
  connection.destroy()
})

test('bytes that nobody asked for end a connection that nobody uses, and its pool is told', async () => {
  const { connection, peer, closed } = await pair()
  let gone = 0
  connection.onIdleGone = () => gone++
  peer.write('surprise')
  await closed
  expect([gone, connection.socket.destroyed]).toEqual([1, true])
})

test('bytes that come before the request has gone out answer nothing', async () => {
  const { connection, peer, told, user, closed } = await pair()
  connection.user = user
  connection.sendSoon('GET /')
  connection.take(Buffer.from('HTTP/1.1 200 OK'))
  await closed
  expect(told).toEqual(['closed '])
  peer.destroy()
})

test('the end of an idle connection ends it; a reset is told with the system’s error', async () => {
  const idle = await pair()
  idle.peer.end()
  await idle.closed
  const used = await pair()
  used.connection.user = used.user
  used.connection.socket.write('x')
  await new Promise((resolve) => used.peer.once('data', resolve))
  used.peer.resetAndDestroy()
  await used.closed
  expect([idle.told, used.told]).toEqual([[], ['closed ECONNRESET']])
})

test('its time is up: a user is told, and without one it goes', async () => {
  const used = await pair()
  used.connection.user = used.user
  used.connection.deadline.set(1000)
  used.clock.advance(1000)
  const idle = await pair()
  idle.connection.deadline.set(1000)
  idle.clock.advance(1000)
  await idle.closed
  expect([used.told, used.connection.socket.destroyed]).toEqual([['expired'], false])
  used.connection.destroy()
})

/** Speaks TLS with somebody who takes nothing. */
class StuckSocket extends TLSSocket {
  goodbyes = 0

  constructor() {
    super(new Duplex({ read: () => undefined, write: () => undefined }))
  }

  override getProtocol(): string {
    return 'TLSv1.3'
  }

  override destroySoon(): void {
    this.goodbyes++
  }
}

test('a peer that speaks TLS is told that we leave, and not waited for longer than a second', () => {
  const clock = fakeClock()
  const socket = new StuckSocket()
  const peer = new Peer({ name: 'a:443', server: 'a:443', dial: { path: '' } })
  new UpstreamConnection(socket, peer, 'tls', clock).leave()
  expect([socket.goodbyes, socket.destroyed]).toEqual([1, false])
  clock.advance(1000)
  expect(socket.destroyed).toBe(true)
})
