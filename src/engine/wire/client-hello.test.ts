import { connect } from 'node:tls'
import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { parseClientHello } from './client-hello.ts'

/** What a real TLS client sends first. */
async function helloOf(options: {
  servername?: string
  maxVersion?: 'TLSv1.2' | 'TLSv1.3'
}): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer) => resolve(chunk),
    })
    connect({ socket: wire, rejectUnauthorized: false, ...options }).on('error', () => undefined)
  })
}

function hostNameExtension(name: string): Buffer {
  const bytes = Buffer.from(name, 'latin1')
  const entry = Buffer.concat([Buffer.from([0, bytes.length >> 8, bytes.length & 255]), bytes])
  return Buffer.concat([
    Buffer.from([
      0,
      0,
      (entry.length + 2) >> 8,
      (entry.length + 2) & 255,
      entry.length >> 8,
      entry.length & 255,
    ]),
    entry,
  ])
}

/** A handshake message in records of at most `size` bytes. */
function records(message: Buffer, size: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const piece = message.subarray(at, at + size)
    parts.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 255]), piece)
  }
  return Buffer.concat(parts)
}

/** Version, random, no session, two ciphers, no compression. */
const cipherSuites = Buffer.concat([
  Buffer.from([3, 3]),
  Buffer.alloc(32, 7),
  Buffer.from([0]),
  Buffer.from([0, 4, 0x13, 0x01, 0xc0, 0x2f]),
  Buffer.from([1, 0]),
])

function message(extensions: Buffer): Buffer {
  return handshake(
    Buffer.concat([cipherSuites, Buffer.from([extensions.length >> 8, extensions.length & 255]), extensions]),
  )
}

function handshake(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 255]), body])
}

describe('a ClientHello', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of a real %s client is read', async (maxVersion) => {
    const bytes = await helloOf({ servername: 'app.localhost', maxVersion })
    const result = parseClientHello(bytes)
    expect(result.kind === 'hello' && result.hello.serverName).toBe('app.localhost')
    expect(result.kind === 'hello' && result.hello.ciphers).toContain(0xc02f)
    expect(result.kind === 'hello' && result.hello.groups).toContain(29)
  })

  it('without a name has an empty one', async () => {
    const result = parseClientHello(await helloOf({}))
    expect(result.kind === 'hello' && result.hello.serverName).toBe('')
  })

  it('is read the same in records of any size, and is unfinished at every cut', () => {
    const whole = message(hostNameExtension('a.test'))
    const expected = { kind: 'hello', hello: { serverName: 'a.test', ciphers: [0x1301, 0xc02f], groups: [] } }
    for (const size of [1, 3, 4, 5, 40, 1000]) {
      const bytes = records(whole, size)
      expect(parseClientHello(bytes)).toEqual(expected)
      for (let cut = 0; cut < bytes.length; cut++)
        expect(parseClientHello(bytes.subarray(0, cut))).toEqual({ kind: 'more' })
    }
  })

  it('without extensions has neither a name nor groups', () => {
    const hello = { serverName: '', ciphers: [0x1301, 0xc02f], groups: [] }
    expect(parseClientHello(records(handshake(cipherSuites), 100))).toEqual({ kind: 'hello', hello })
  })

  it('may have names of other kinds before and instead of a host', () => {
    const other = Buffer.from([7, 0, 1, 0x78])
    const host = Buffer.from([0, 0, 1, 0x61])
    const named = (...names: Buffer[]): unknown => {
      const list = Buffer.concat(names)
      const extension = Buffer.concat([Buffer.from([0, 0, 0, list.length + 2, 0, list.length]), list])
      const result = parseClientHello(records(message(extension), 100))
      return result.kind === 'hello' && result.hello.serverName
    }
    expect([named(other, host), named(other), named()]).toEqual(['a', '', ''])
  })

  it.each([
    ['another record', Buffer.from([23, 3, 1, 0, 4, 1, 0, 0, 0])],
    ['another version', Buffer.from([22, 2, 1, 0, 4, 1, 0, 0, 0])],
    ['another message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0, 1])],
    ['a message larger than any', Buffer.from([22, 3, 1, 0, 4, 1, 1, 0, 0])],
    ['a message that ends too early', Buffer.from([22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3])],
    ['an extension longer than the message', records(message(Buffer.from([0, 0, 0, 9, 0, 7])), 100)],
    [
      'extensions longer than the message',
      records(handshake(Buffer.concat([cipherSuites, Buffer.from([0, 9])])), 100),
    ],
    [
      'half a number behind its ciphers',
      records(handshake(Buffer.concat([cipherSuites, Buffer.from([0])])), 100),
    ],
  ])('that is %s is unreadable', (_, bytes) => {
    expect(parseClientHello(bytes)).toEqual({ kind: 'unreadable' })
  })
})
