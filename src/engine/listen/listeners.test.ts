import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { noLocal } from '../../config/local.ts'
import { rawClient } from '../testing/raw-client.ts'
import { scriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith } from '../testing/start-with.ts'

const ask = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

test('a kept connection goes on under the configuration that is applied, when its listen stays', async () => {
  const started = await startWith('server { listen 80; return 200 one; }')
  const client = await rawClient(started.port(80))
  client.send(ask)
  await client.until('one')
  await started.apply('server { listen 80; return 200 two; } server { listen 81; return 200 other; }')
  client.send(ask)
  await client.until('two')
  client.destroy()
  await started.stop()
})

test('when a listen goes, what it answers is answered, told that it is the last, and nobody comes in', async () => {
  const origin = await scriptedOrigin(() => undefined)
  const proxy = `location / { proxy_pass http://127.0.0.1:${origin.port}; }`
  const started = await startWith(`server { listen 80; listen 81; ${proxy} }`)
  const port = started.port(81)
  const [busy, idle] = [await rawClient(port), await rawClient(port)]
  busy.send(ask)
  const request = await origin.request(1)
  await started.apply(`server { listen 80; ${proxy} }`)
  await expect(rawClient(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast')
  expect(await busy.closed).toMatch(/Connection: close\r\n\r\nlast$/s)
  idle.destroy()
  await started.stop()
  await origin.close()
})

test('when one of two new ports is taken, neither is opened and all stays as it was', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const free = createServer()
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
  const { port: other } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  const started = await startWith('server { listen 80; return 200 before; }')
  const { engine } = started
  const config = {
    http: {
      servers: [
        {
          listen: [
            { address: '127.0.0.1', port: other },
            { address: '127.0.0.1', port },
          ],
        },
      ],
    },
  }
  const problems = await engine.apply(config, noLocal)
  expect(problems).toMatchObject([
    { code: 'port-in-use', message: `bind() to 127.0.0.1:${port} failed (98: Address already in use)` },
  ])
  await expect(rawClient(other)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(await started.get('/')).toContain('before')
  await started.stop()
  taken.close()
})

test('a graceful stop waits for what is answered, and ends what asks for nothing', async () => {
  const origin = await scriptedOrigin(() => undefined)
  const started = await startWith(
    `server { listen 80; location /kept { return 200 kept; } location / { proxy_pass http://127.0.0.1:${origin.port}; } }`,
  )
  const [busy, idle] = [await rawClient(started.port(80)), await rawClient(started.port(80))]
  idle.send('GET /kept HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await idle.until('kept')
  busy.send(ask)
  const request = await origin.request(1)
  let stopped = false
  const stopping = started.engine.stop({ graceful: true }).then(() => (stopped = true))
  await idle.closed
  expect(stopped).toBe(false)
  request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast')
  expect(await busy.closed).toMatch(/last$/)
  await stopping
  await started.stop()
  await origin.close()
})
