/** Active checks from a client's command to what the wire and the status show: real sockets, TLS, real time. */
import { get } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import type { UpstreamStatus } from '../status/peer-status.ts'
import { Certificates } from './certificates.ts'
import { startHost } from './index.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await removeScratch()
})

async function secureOrigin(name: string) {
  const certificates = new Certificates({
    folder: await scratchFolder(),
    clock: systemClock,
    warn: () => undefined,
  })
  ends.push(() => certificates.dispose())
  const origin = { well: true, port: 0, name }
  const server = createServer(await certificates.source.forName('app.test'), (request, response) => {
    response.statusCode = request.url === '/health' && !origin.well ? 503 : 200
    response.end(name)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  origin.port = (server.address() as AddressInfo).port
  return origin
}

test('a check over TLS takes a peer out of traffic and lets it in again, and ends when it is taken away', async () => {
  const [a, b] = [await secureOrigin('a'), await secureOrigin('b')]
  const host = await startHost({ folder: await scratchFolder(), face: 'browser' })
  ends.push(() => host.stop({ graceful: false }))
  const client = host.connect()
  await client.call('local.apply', {
    baseRevision: 0,
    local: { ports: { '1': 0 }, hosts: {}, off: [], certificates: 'never', bind: '127.0.0.1' },
  })
  await client.call('config.apply', {
    baseRevision: 0,
    config: {
      http: {
        upstreams: [{ name: 'app', server: [a, b].map(({ port }) => ({ address: `127.0.0.1:${port}` })) }],
        servers: [
          {
            listen: [{ address: '127.0.0.1', port: 1 }],
            locations: [{ modifier: '', pattern: '/', proxyPass: 'https://app' }],
          },
        ],
      },
    },
  })
  const { listeners } = await host.start()
  const until = (fits: (app: UpstreamStatus) => boolean): Promise<UpstreamStatus> =>
    new Promise((resolve) => {
      const stop = client.watch('upstreams.watch', ([app]) => {
        if (!app || !fits(app)) return
        resolve(app)
        queueMicrotask(() => stop())
      })
    })
  const states = (wanted: string) => (app: UpstreamStatus) =>
    app.peers.map(({ state, check }) => `${state} ${check?.state ?? '-'}`).join(', ') === wanted
  const four = async (): Promise<string> =>
    (await Promise.all(Array.from({ length: 4 }, () => body(listeners[0]?.port ?? 0)))).sort().join('')

  await client.call('upstreams.check', {
    upstream: 'app',
    check: {
      path: '/health',
      method: 'GET',
      ssl: true,
      interval: 100,
      timeout: 5000,
      status: '200',
      rises: 1,
      falls: 1,
    },
  })
  await until(states('up healthy, up healthy'))
  expect(await four()).toBe('aabb')
  a.well = false
  const app = await until(states('unhealthy unhealthy, up healthy'))
  expect(app.peers[0]?.check?.reason).toBe('GET /health answered 503, expected 200')
  expect(await four()).toBe('bbbb')
  a.well = true
  await until(states('up healthy, up healthy'))
  expect(await four()).toBe('aabb')
  await client.call('upstreams.check', { upstream: 'app', check: null })
  await until(states('up -, up -'))
})

function body(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('end', () => resolve(text))
    }).on('error', reject)
  })
}
