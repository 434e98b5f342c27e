import { afterEach, expect, test } from 'vitest'
import { certificateFor } from '../parity/certificate.ts'
import { Origin, type Rule } from './origin.ts'
import { RawClient } from './raw-client.ts'

const closers: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function originWith(...rules: Rule[]): Promise<{ origin: Origin; client: RawClient }> {
  const origin = new Origin('1', rules)
  await origin.listen()
  const client = await RawClient.connect({ port: origin.port, deadlineMs: 5000 })
  closers.push(() => {
    client.destroy()
    return origin.close()
  })
  return { origin, client }
}

test('requests are recorded as they came, chunked framing included', async () => {
  const { origin, client } = await originWith()
  client.write(
    'POST /a HTTP/1.1\r\nhost:  x \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nT: 1\r\n\r\n',
  )
  expect((await client.response('POST')).body).toBe('origin 1')
  client.write('PUT /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc')
  await client.response('PUT')
  expect(origin.requests).toEqual([
    {
      connection: 1,
      requestLine: 'POST /a HTTP/1.1',
      fieldLines: ['host:  x ', 'Transfer-Encoding: chunked'],
      fields: [
        ['host', 'x'],
        ['Transfer-Encoding', 'chunked'],
      ],
      head: 'POST /a HTTP/1.1\r\nhost:  x \r\nTransfer-Encoding: chunked',
      body: '2\r\nhi\r\n0\r\nT: 1\r\n\r\n',
      complete: true,
    },
    {
      connection: 1,
      requestLine: 'PUT /b HTTP/1.1',
      fieldLines: ['Content-Length: 3'],
      fields: [['Content-Length', '3']],
      head: 'PUT /b HTTP/1.1\r\nContent-Length: 3',
      body: 'abc',
      complete: true,
    },
  ])
})

test('a request cut off in its body is recorded as incomplete', async () => {
  const { origin, client } = await originWith()
  client.write('PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\na')
  client.halfClose()
  expect(await origin.until(() => origin.requests.length === 1, 5000)).toBe(true)
  expect(origin.requests[0]).toMatchObject({ body: 'a', complete: false })
})

test('the first rule that applies answers, one for once only once', async () => {
  const say = (text: string) => [
    { do: 'write' as const, bytes: `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}` },
  ]
  const { client } = await originWith(
    { when: /^GET \/a /, acts: say('a') },
    { once: true, acts: say('once') },
    { acts: say('always') },
  )
  const answers: string[] = []
  for (const path of ['/b', '/a', '/b', '/b']) {
    client.write(`GET ${path} HTTP/1.1\r\n\r\n`)
    answers.push((await client.response('GET')).body)
  }
  expect(answers).toEqual(['once', 'a', 'always', 'always'])
})

test('a gate holds back what stands behind it', async () => {
  const { origin, client } = await originWith({
    acts: [
      { do: 'write', bytes: 'before' },
      { do: 'hold', gate: 'open' },
      { do: 'write', bytes: 'after' },
      { do: 'close' },
    ],
  })
  client.write('GET / HTTP/1.1\r\n\r\n')
  expect(await client.take(6)).toBe('before')
  expect(client.unread).toBe('')
  origin.release('open')
  expect(await client.untilClose()).toBe('after')
})

test('an origin echoes, and answers early without the body', async () => {
  const { client } = await originWith({
    early: true,
    acts: [{ do: 'write', bytes: 'yes' }, { do: 'await', bytes: 'ping' }, { do: 'echo' }],
  })
  client.write('POST / HTTP/1.1\r\n\r\n')
  expect(await client.take(3)).toBe('yes')
  client.write('pingpong')
  expect(await client.take(4)).toBe('pong')
})

test('HTTP/1.0 and Connection: close end the connection after the answer', async () => {
  const { client } = await originWith()
  client.write('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')
  await client.response('GET')
  await client.closed()
  expect(client.unread).toBe('')
})

test('an origin that speaks TLS closes although a handshake never ended', async () => {
  const origin = new Origin('1', [], undefined, await certificateFor(['origin.test']))
  await origin.listen()
  const client = await RawClient.connect({ port: origin.port, deadlineMs: 5000 })
  await origin.close()
  await client.closed()
  client.destroy()
})
