/** The ways a client comes in: HTTP/1.1 kept or new, plain or TLS, and HTTP/2. Each answers with what it got, hashed. */
import { createHash } from 'node:crypto'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'

export interface Asked {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: Buffer
  /** The body goes without a length. */
  readonly chunked?: boolean
}

export interface Got {
  readonly status: number
  readonly length: number
  readonly hash: string
}

export interface Way {
  readonly name: string
  ask(asked: Asked): Promise<Got>
  /** Times something was sent again because the server said it had not looked at it. */
  readonly again: number
  close(): void
}

// An answer that takes longer is lost; nothing here is asked for that takes a second.
const lostMs = 20_000

export function http1Way(port: number, options: { tls: boolean; keep: boolean }): Way {
  const { tls, keep } = options
  const agent = tls
    ? new https.Agent({ keepAlive: keep, maxSockets: 8, rejectUnauthorized: false })
    : new http.Agent({ keepAlive: keep, maxSockets: 8 })
  const make = tls ? https.request : http.request
  return {
    name: `${tls ? 'https' : 'http'} ${keep ? 'kept' : 'new'}`,
    again: 0,
    close: () => agent.destroy(),
    ask: ({ method, path, body, chunked }) =>
      new Promise((resolve, reject) => {
        const length = body && chunked !== true ? { 'content-length': body.length } : {}
        const request = make(
          { host: '127.0.0.1', port, method, path, agent, headers: { host: 'localhost', ...length } },
          (response) => {
            const { take, got } = hashing(response.statusCode ?? 0)
            response.on('data', take)
            response.on('end', () => (response.complete ? resolve(got()) : reject(new Error('cut off'))))
            response.on('error', reject)
          },
        )
        request.setTimeout(lostMs, () => request.destroy(new Error('no answer')))
        request.on('error', reject)
        request.end(body)
      }),
  }
}

export function http2Way(port: number): Way {
  let session: http2.ClientHttp2Session | undefined
  let again = 0
  const current = (): http2.ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session
    const made = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    made.on('goaway', () => {
      if (session === made) session = undefined
    })
    made.on('error', () => undefined) // each stream tells of it
    return (session = made)
  }
  const once = ({ method, path, body }: Asked): Promise<Got | 'refused'> =>
    new Promise((resolve, reject) => {
      const length = body ? { 'content-length': body.length } : {}
      const stream = current().request(
        { ':method': method, ':path': path, ...length },
        { endStream: body === undefined },
      )
      let status = 0
      let whole = false
      const { take, got } = hashing(0)
      stream.setTimeout(lostMs, () => stream.close(http2.constants.NGHTTP2_CANCEL))
      stream.on('response', (fields) => (status = fields[':status'] ?? 0))
      stream.on('data', take)
      stream.on('end', () => (whole = status > 0))
      stream.on('error', () => undefined) // 'close' tells
      stream.on('close', () => {
        if (whole && stream.rstCode === 0) resolve({ ...got(), status })
        else if (stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM) resolve('refused')
        else reject(new Error(`stream ended with ${stream.rstCode} after status ${status}`))
      })
      if (body) stream.end(body)
    })
  return {
    name: 'http/2',
    get again() {
      return again
    },
    close: () => session?.close(),
    ask: async (asked) => {
      // What comes after a GOAWAY was not looked at and may be sent again (RFC 9113 §6.8).
      for (let tries = 0; tries < 10; tries++) {
        const got = await once(asked)
        if (got !== 'refused') return got
        again++
        session = undefined
      }
      throw new Error('refused ten times')
    },
  }
}

function hashing(status: number): { take(piece: Buffer): void; got(): Got } {
  const hash = createHash('sha256')
  let length = 0
  return {
    take: (piece) => {
      hash.update(piece)
      length += piece.length
    },
    got: () => ({ status, length, hash: hash.digest('hex') }),
  }
}
