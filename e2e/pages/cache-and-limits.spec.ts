import http from 'node:http'
import { once } from 'node:events'
import { askProxy } from '../support/host.ts'
import { freePort } from '../support/nginx.ts'
import { expect, openPage, test } from '../support/window.ts'

/** An origin whose answers may be stored, but for those with a cookie. */
async function startOrigin(): Promise<{ port: number; stop(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    response.setHeader('cache-control', 'max-age=60')
    response.setHeader('etag', '"one"')
    if (request.url?.startsWith('/cookie')) response.setHeader('set-cookie', 'a=b')
    response.end(`answer to ${request.url}`)
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

test('what is cached is seen, looked at, searched and purged, and reasons lead to their requests', async ({
  window: page,
  host,
  bring,
}) => {
  const origin = await startOrigin()
  await bring(
    `events {}
http {
    proxy_cache_path stored keys_zone=pages:1m max_size=10m;
    server {
        listen 80;
        server_name app.localhost;
        location / { proxy_pass http://127.0.0.1:${origin.port}; proxy_cache pages; proxy_cache_lock on; }
    }
}
`,
  )
  const ask = (target: string) => askProxy(host.httpPort, 'app.localhost', target)
  for (const target of ['/a/1', '/a/1', '/a/2', '/b/1', '/cookie', '/cookie']) await ask(target)
  await openPage(page, 'Cache')
  const stored = page.getByRole('grid', { name: 'Stored responses' })

  await test.step('the zone is a gauge with its numbers, and its rules say where they come from', async () => {
    const zone = page.getByRole('region', { name: 'Cache pages' })
    await expect(zone.getByRole('img', { name: /Disk of pages: \d+ % full/ })).toBeVisible()
    await expect(zone).toContainText('of 10 MiB')
    await expect(page.getByRole('figure', { name: /Verdicts of the last/ })).toContainText('HIT1')
    const rules = page.getByRole('region', { name: 'Rules' })
    await expect(rules).toContainText('location / of app.localhost')
    await expect(rules).toContainText('cache_lock')
  })

  await test.step('a stored response is looked at closely, by keyboard', async () => {
    await expect(stored.getByRole('row').filter({ hasText: '/a/1' })).toBeVisible()
    await stored.focus()
    await page.keyboard.press('ArrowDown')
    const pane = page.getByRole('complementary', { name: 'Stored response' })
    await expect(pane).toContainText('"one"')
    await expect(pane).toContainText('max-age=60')
    await page.keyboard.press('Escape')
    await expect(pane).toBeHidden()
  })

  await test.step('one goes by its key, others by the beginning of theirs, and it is said how many', async () => {
    await stored.getByRole('row').filter({ hasText: '/b/1' }).click()
    await page.getByRole('button', { name: 'Purge this one…' }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByLabel('Key, as it is listed')).toHaveValue(/\/b\/1$/)
    await dialog.getByRole('button', { name: 'Purge', exact: true }).click()
    await expect(stored.getByRole('row').filter({ hasText: '/b/1' })).toHaveCount(0)
    await page.getByRole('searchbox', { name: 'Find in the keys' }).fill('/a/')
    await expect(stored.getByRole('row')).toHaveCount(3)
    await page.getByRole('searchbox', { name: 'Find in the keys' }).fill('')
    await page.getByRole('button', { name: 'Purge…', exact: true }).click()
    await dialog.getByText('Everything', { exact: true }).click()
    await dialog.getByRole('button', { name: 'Purge all of pages' }).click()
    await expect(page.getByText(/2 (stored )?responses|2 .*went|removed/i).first()).toBeVisible()
    await expect(page.getByText('Nothing is stored yet.', { exact: false })).toBeVisible()
  })

  await test.step('why something was not stored leads to those requests', async () => {
    const reason = page.getByRole('list', { name: 'Not stored' }).getByRole('link', { name: /cookie/ })
    await expect(reason).toContainText('2')
    await reason.click()
    await expect(page.getByRole('combobox', { name: 'Filter' })).toHaveValue('why:set-cookie')
    await expect(page.getByRole('row').filter({ hasText: '/cookie' })).toHaveCount(2)
  })
  await origin.stop()
})

test('a limit shows whom it turned away, forgets a key, and leads to the requests', async ({
  window: page,
  host,
  bring,
  startPeers,
}) => {
  const peers = await startPeers('one')
  await bring(
    `events {}
http {
    limit_req_zone $http_x_who zone=login:1m rate=1r/m;
    server {
        listen 80;
        server_name app.localhost;
        location /login {
            limit_req zone=login burst=1 nodelay;
            limit_req_status 429;
            proxy_pass http://${peers.addresses['one'] ?? ''};
        }
    }
}
`,
  )
  const login = async (): Promise<number> => {
    const request = http.get({
      host: '127.0.0.1',
      port: host.httpPort,
      path: '/login',
      headers: { host: 'app.localhost', 'x-who': 'ada' },
      agent: false,
    })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    await once(response, 'end')
    return response.statusCode ?? 0
  }
  await openPage(page, 'Limits')
  expect([await login(), await login(), await login(), await login()]).toEqual([200, 200, 429, 429])

  await test.step('the zone, its history and its use', async () => {
    const zone = page.getByRole('region', { name: 'Limit login' })
    await expect(zone).toContainText('1 r/m')
    await expect(zone).toContainText('rejected2')
    await expect(page.getByRole('figure', { name: /^login in the last 15 minutes/ })).toContainText(
      'rejected2',
    )
    await expect(page.getByRole('region', { name: 'Where it is used' })).toContainText(
      'limit_req zone=login burst=1 nodelay',
    )
  })

  await test.step('a key that is reset begins anew', async () => {
    const key = page.getByRole('table', { name: 'Hottest keys' }).getByRole('row').filter({ hasText: 'ada' })
    await expect(key).toContainText('of 1')
    await key.getByRole('button', { name: 'Reset ada' }).click()
    await expect(page.getByText('ada is forgotten by login', { exact: false })).toBeVisible()
    expect(await login()).toBe(200)
  })

  await test.step('the key leads to the requests that were turned away', async () => {
    await page.getByRole('table', { name: 'Hottest keys' }).getByRole('link', { name: 'ada' }).click()
    await expect(page.getByRole('combobox', { name: 'Filter' })).toHaveValue('limitkey:"ada"')
    await expect(page.getByRole('row').filter({ hasText: '429' })).toHaveCount(2)
  })
})
