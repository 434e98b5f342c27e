import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { request, type IncomingHttpHeaders } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Channel } from '../contract/rpc/channel.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'
import { readWebFiles } from './web-files.ts'
import { startWebServer, type WebServer } from './web-server.ts'

const token = 'a-token-only-this-user-knows'
const script = `// ${'a long script '.repeat(100)}`
let server: WebServer
let channels: Channel[]

beforeEach(async () => {
  const folder = await scratchFolder()
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>The window</title>')
  await writeFile(join(folder, 'icon.svg'), '<svg/>')
  await writeFile(join(folder, 'assets', 'index-Ab12.js'), script)
  await writeFile(join(folder, 'assets', 'index-Ab12.js.map'), '{}')
  channels = []
  server = await startWebServer({
    port: 0,
    token,
    files: await readWebFiles(folder),
    serve: (channel) => channels.push(channel),
  })
})
afterEach(async () => {
  await server.close()
  await removeScratch()
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: server.port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        )
      },
    )
    asked.on('error', reject).end()
  })
}

const cookie = (): Record<string, string> => ({ cookie: `other=1; sluicegate-${server.port}=${token}` })

test('the printed address leads in, and leaves its token behind in a cookie no script can read', async () => {
  expect(server.address).toBe(`http://127.0.0.1:${server.port}/?token=${token}`)
  const entered = await ask(`/?token=${token}`)
  expect([entered.status, entered.headers.location, entered.headers['set-cookie']]).toEqual([
    303,
    '/',
    [`sluicegate-${server.port}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000`],
  ])
  const page = await ask('/', cookie())
  expect([page.status, page.body.toString()]).toEqual([200, '<!doctype html><title>The window</title>'])
})

test.for([
  ['without a token', '/', {}, 401],
  ['with a wrong token', '/?token=guess', {}, 401],
  ['with a wrong cookie', '/', { cookie: 'sluicegate-1=a-token-only-this-user-knows' }, 401],
  ['for an asset without a token', '/assets/index-Ab12.js', {}, 401],
  ['by a name that was made to point here', `/?token=${token}`, { host: 'evil.example' }, 421],
  ['from a page of another origin', `/?token=${token}`, { origin: 'http://evil.example' }, 403],
  ['from a page on another port', `/?token=${token}`, { origin: 'http://127.0.0.1:1' }, 403],
] as const)('who comes %s stays outside', async ([, path, headers, status]) => {
  const answer = await ask(path, headers)
  expect([answer.status, answer.headers['set-cookie']]).toEqual([status, undefined])
})

test('localhost is this machine, too', async () => {
  expect((await ask('/', { ...cookie(), host: `localhost:${server.port}` })).status).toBe(200)
})

test('every answer forbids what captured traffic could try', async () => {
  for (const [path, headers] of [
    ['/', cookie()],
    ['/none', cookie()],
    ['/', {}],
  ] as const) {
    const answer = await ask(path, headers)
    expect(answer.headers).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'self'; .*frame-ancestors 'none'$/,
      ) as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(answer.headers['content-security-policy']).not.toContain('unsafe')
  }
})

test('assets are compressed, typed, and kept by the browser; the page is asked for again', async () => {
  const asset = await ask('/assets/index-Ab12.js', { ...cookie(), 'accept-encoding': 'br, gzip' })
  expect(asset.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'content-encoding': 'gzip',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  expect(gunzipSync(asset.body).toString()).toBe(script)
  const plain = await ask('/assets/index-Ab12.js', { ...cookie(), 'accept-encoding': 'gzip;q=0' })
  expect([plain.headers['content-encoding'], plain.body.toString()]).toEqual([undefined, script])
  expect((await ask('/', cookie())).headers['cache-control']).toBe('no-cache')
})

test('only files of the window are there, and they are only read', async () => {
  const statuses = await Promise.all(
    ['/none', '/../package.json', '/%2e%2e/package.json', '/assets/', '/assets/index-Ab12.js.map'].map(
      async (path) => (await ask(path, cookie())).status,
    ),
  )
  expect(statuses).toEqual([404, 404, 404, 404, 404])
  expect((await ask('/', cookie(), 'POST')).status).toBe(405)
  const head = await ask('/icon.svg', cookie(), 'HEAD')
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '6', 0])
})

function connect(path: string, headers: Record<string, string>): Promise<number | 'open'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
    socket.on('open', () => resolve('open'))
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    socket.on('error', () => undefined)
  })
}

test('the contract is spoken with whoever has the token, and with nobody else', async () => {
  expect(await connect('/rpc', cookie())).toBe('open')
  expect(await connect('/rpc', { authorization: `Bearer ${token}` })).toBe('open')
  expect(await connect('/rpc', { ...cookie(), origin: `http://127.0.0.1:${server.port}` })).toBe('open')
  expect(channels).toHaveLength(3)
  expect(await connect('/rpc', {})).toBe(401)
  expect(await connect('/rpc', { authorization: 'Bearer x' })).toBe(401)
  expect(await connect('/rpc', { ...cookie(), origin: 'http://evil.example' })).toBe(403)
  expect(await connect('/rpc', { ...cookie(), host: 'evil.example' })).toBe(421)
  expect(await connect('/other', cookie())).toBe(404)
  expect(channels).toHaveLength(3)
})

test('a port that is taken is not the end: a free one is found', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const second = await startWebServer({ port, token, files: new Map(), serve: () => undefined })
  expect(second.port).not.toBe(port)
  await second.close()
  taken.close()
})

test('closing ends what is open', async () => {
  await connect('/rpc', cookie())
  const closed = new Promise<void>((resolve) => channels[0]?.onClose(resolve))
  await server.close()
  await closed
  server = await startWebServer({ port: 0, token, files: new Map(), serve: () => undefined })
})
