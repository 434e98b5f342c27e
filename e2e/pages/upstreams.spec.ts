import http from 'node:http'
import { once } from 'node:events'
import { askProxy } from '../support/host.ts'
import { freePort } from '../support/nginx.ts'
import { expect, openPage, test } from '../support/window.ts'

test('a peer is taken down at once, given back, kept so, and checked', async ({
  window: page,
  host,
  bring,
  startPeers,
}) => {
  const peers = await startPeers('one', 'two')
  const { one = '', two = '' } = peers.addresses
  await bring(
    `events {}
http {
    upstream pool { server ${one}; server ${two}; }
    server { listen 80; server_name app.localhost; location / { proxy_pass http://pool; } }
}
`,
  )
  const ask = async (times: number): Promise<string[]> => {
    const names = new Set<string>()
    for (let count = 0; count < times; count++)
      names.add((await askProxy(host.httpPort, 'app.localhost', '/')).body.split(' ')[0] ?? '')
    return [...names].sort()
  }
  await openPage(page, 'Upstreams')
  const pool = page.getByRole('region', { name: 'Upstream pool' })
  const use = pool.getByRole('switch', { name: `Use ${one}` })
  expect(await ask(4)).toEqual(['one', 'two'])

  await test.step('down takes effect without an apply, and there is a way back', async () => {
    await use.click()
    await expect(pool.getByText('changed at once: down')).toBeVisible()
    await expect(page.getByRole('region', { name: 'Draft' })).toBeHidden()
    expect(await ask(4)).toEqual(['two'])
    await pool.getByRole('button', { name: `${one} as configured` }).click()
    await expect(pool.getByText('changed at once')).toBeHidden()
    expect(await ask(4)).toEqual(['one', 'two'])
  })

  await test.step('drained, it is kept as down in the configuration', async () => {
    await pool.getByRole('button', { name: `More for ${one}` }).click()
    await page.getByRole('menuitem', { name: 'Drain: no new requests' }).click()
    await expect(pool.getByText('draining').first()).toBeVisible()
    expect(await ask(4)).toEqual(['two'])
    await pool.getByRole('button', { name: `Keep ${one} so in the configuration` }).click()
    await expect(pool.getByText('changed at once')).toBeHidden()
    await openPage(page, 'nginx')
    await expect(page.getByRole('textbox', { name: 'nginx configuration' })).toContainText(
      `server ${one} down;`,
    )
    await openPage(page, 'Upstreams')
  })
})

test('an active check takes out who does not answer well, and says why', async ({
  window: page,
  bring,
  startPeers,
}) => {
  let healthy = true
  const server = http.createServer((request, response) => {
    if (request.url === '/health' && !healthy) response.statusCode = 503
    response.end('ok')
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const peers = await startPeers('other')
  await bring(
    `events {}
http {
    upstream pool { server 127.0.0.1:${port}; server ${peers.addresses['other'] ?? ''}; }
    server { listen 80; server_name app.localhost; location / { proxy_pass http://pool; } }
}
`,
  )
  await openPage(page, 'Upstreams')
  const pool = page.getByRole('region', { name: 'Upstream pool' })
  await pool.getByRole('button', { name: 'Active check of pool' }).click()
  const dialog = page.getByRole('dialog')

  await test.step('what is wrong with a check is told at its field', async () => {
    await dialog.getByLabel('Path').fill('health')
    await expect(dialog.getByText('begins with /')).toBeVisible()
    await expect(dialog.getByRole('button', { name: 'Start checking' })).toBeDisabled()
  })

  await test.step('peers are checked, and the unhealthy one is told with its reason', async () => {
    await dialog.getByLabel('Path').fill('/health')
    await dialog.getByLabel('Every, in seconds').fill('0.2')
    await dialog.getByRole('button', { name: 'Start checking' }).click()
    await expect(pool.getByText('check: healthy').first()).toBeVisible()
    healthy = false
    await expect(pool.getByText('unhealthy').first()).toBeVisible()
    await expect(pool.getByText(/check: GET \/health answered 503/)).toBeVisible()
    healthy = true
    await expect(pool.getByText('unhealthy')).toHaveCount(0)
  })

  await test.step('the check is taken away again', async () => {
    await pool.getByRole('button', { name: 'Active check of pool' }).click()
    await dialog.getByRole('button', { name: 'Take the check away' }).click()
    await expect(pool.getByText(/^check:/)).toHaveCount(0)
  })
  server.close()
  server.closeAllConnections()
})
