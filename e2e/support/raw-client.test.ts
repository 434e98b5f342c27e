import net from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { RawClient, RawClientError } from './raw-client.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A client whose other side has said these bytes, and then FIN if asked. */
async function clientOf(bytes: string, fin = false, deadlineMs = 5000): Promise<RawClient> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.write(Buffer.from(bytes, 'latin1'))
    if (fin) socket.end()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('no port')
  const client = await RawClient.connect({ port: address.port, deadlineMs })
  closers.push(() => {
    client.destroy()
    server.close()
  })
  return client
}

test('a length, chunks and the end of the connection delimit a body', async () => {
  const client = await clientOf(
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab' +
      'HTTP/1.1 201 Made\r\nTransfer-Encoding: Chunked\r\n\r\n1;x=y\r\nc\r\n02\r\nde\r\n0\r\nT: 1\r\n\r\n' +
      'HTTP/1.1 404 \r\n\r\nto the end',
    true,
  )
  expect(await client.response('GET')).toMatchObject({ status: 200, body: 'ab' })
  expect(await client.response('GET')).toMatchObject({ reason: 'Made', body: 'cde', trailers: [['T', '1']] })
  expect(await client.response('GET')).toMatchObject({ status: 404, reason: '', body: 'to the end' })
})

test('answers without a body leave the next one where it begins', async () => {
  const client = await clientOf(
    'HTTP/1.1 100 Continue\r\n\r\n' +
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n' +
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n' +
      'HTTP/1.1 204 No Content\r\n\r\nrest',
  )
  expect((await client.response('POST')).status).toBe(100)
  expect((await client.response('HEAD')).status).toBe(200)
  expect((await client.response('GET')).status).toBe(304)
  expect((await client.response('GET')).status).toBe(204)
  expect(await client.take(4)).toBe('rest')
})

test.each([
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', 'bad chunk size "x"'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc', 'a chunk without its line end'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc', 'the connection was closed while waiting for 5 bytes'],
  ['nonsense\r\n\r\n', 'the answer does not begin with a status line'],
  ['HTTP/1.1 200', 'the connection was closed while waiting for the head of a response'],
])('a broken answer is an error that says so: %j', async (bytes, message) => {
  const client = await clientOf(bytes, true)
  await expect(client.response('GET')).rejects.toThrow(message)
})

test('what does not come ends with the deadline, and what had come is kept', async () => {
  const client = await clientOf('HTTP/1.1', false, 50)
  const error: unknown = await client.response('GET').catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RawClientError)
  expect(error).toMatchObject({ seen: 'HTTP/1.1', message: 'waited 50 ms for the head of a response' })
})
