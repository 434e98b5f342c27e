import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { countAlive } from '../testing/count-alive.ts'
import { scriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith } from '../testing/start-with.ts'
import { Exchange } from '../request/exchange.ts'
import { UpstreamConnection } from '../upstream/connection.ts'

test('a kept connection holds nothing of the exchange it was opened for', async () => {
  const origin = await scriptedOrigin(() => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
  const started = await startWith(`
    upstream u { server 127.0.0.1:${origin.port}; keepalive 4; }
    server { listen 80; location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ''; } }`)
  expect(await started.get('/')).toContain('hi')
  // What was reported is the exchange's own.
  ;(started.exchanges as unknown[]).length = 0
  expect(countAlive(UpstreamConnection)).toBe(1)
  expect(countAlive(Exchange)).toBe(0)
  await started.stop()
  await origin.close()
})

test('nor does one with TLS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-keyout', key, '-out', certificate]
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...ec, ...subject], { stdio: 'ignore' })
  const started = await startWith(`
    upstream u { server 127.0.0.1:443; keepalive 4; }
    server { listen 80; location / { proxy_pass https://u; proxy_http_version 1.1; proxy_set_header Connection ''; } }
    server { listen 443 ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; return 200 hi; }`)
  expect(await started.get('/')).toContain('hi')
  ;(started.exchanges as unknown[]).length = 0
  expect(countAlive(UpstreamConnection)).toBe(1)
  expect(countAlive(Exchange)).toBe(0)
  await started.stop()
  rmSync(folder, { recursive: true })
})
