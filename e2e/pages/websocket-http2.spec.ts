import path from 'node:path'
import { writeFile } from 'node:fs/promises'
import { WebSocketServer } from 'ws'
import { expect, test } from 'playwright/test'
import { certificateFor } from '../parity/certificate.ts'
import { freePort, makePrefix, readIfThere, removePrefix, startEngine } from '../support/nginx.ts'

test.use({ ignoreHTTPSErrors: true })

test('a browser opens a WebSocket over its HTTP/2 connection, talks, and sees a clean end', async ({
  page,
}) => {
  const origin = new WebSocketServer({ port: await freePort(), host: '127.0.0.1' })
  const asked: string[] = []
  origin.on('connection', (socket, request) => {
    asked.push(request.httpVersion)
    socket.on('message', (message, isBinary) =>
      socket.send(isBinary ? message : `echo ${(message as Buffer).toString()}`),
    )
  })
  const prefix = await makePrefix()
  const { certificate, key } = await certificateFor(['localhost'])
  await writeFile(path.join(prefix, 'c.crt'), certificate)
  await writeFile(path.join(prefix, 'c.key'), key)
  const port = await freePort()
  const config = `events {} http {
    log_format line '$server_protocol $uri $status';
    access_log access.log line;
    server {
      listen 127.0.0.1:${port} ssl http2;
      ssl_certificate c.crt;
      ssl_certificate_key c.key;
      location /ws {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://127.0.0.1:${origin.options.port};
      }
      location / { default_type text/html; return 200 '<link rel="icon" href="data:,">'; }
    }
  }`
  const engine = await startEngine({ engine: 'sluicegate', prefix, config })
  try {
    await page.goto(`https://localhost:${port}/`)
    const seen = await page.evaluate(async (url) => {
      const socket = new WebSocket(url)
      socket.binaryType = 'arraybuffer'
      const next = (): Promise<unknown> =>
        new Promise((resolve, reject) => {
          socket.onmessage = ({ data }) => resolve(data)
          socket.onerror = () => reject(new Error('the WebSocket broke'))
        })
      await new Promise((resolve, reject) => {
        socket.onopen = resolve
        socket.onerror = () => reject(new Error('the WebSocket did not open'))
      })
      socket.send('hello')
      const text = await next()
      // Far more than any window.
      socket.send(new Uint8Array(3_000_000))
      const bytes = (await next()) as ArrayBuffer
      const closed = new Promise((resolve) => {
        socket.onclose = ({ code, wasClean }) => resolve([code, wasClean])
      })
      socket.close(1000)
      return [text, bytes.byteLength, await closed]
    }, `wss://localhost:${port}/ws`)
    expect(seen).toEqual(['echo hello', 3_000_000, [1000, true]])
    expect(asked).toEqual(['1.1'])
  } finally {
    await engine.stop()
    origin.close()
    expect(await readIfThere(path.join(prefix, 'access.log'))).toBe('HTTP/2.0 / 200\nHTTP/2.0 /ws 101\n')
    await removePrefix(prefix)
  }
})
