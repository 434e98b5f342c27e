import AxeBuilder from '@axe-core/playwright'
import { askProxy } from '../support/host.ts'
import { expect, openPage, test } from '../support/window.ts'

test('the map lights a path, says why a peer fails where it fails, and switches a route', async ({
  window: page,
  host,
  bring,
  startPeers,
}) => {
  const peers = await startPeers('one')
  await bring(
    `events {}
http {
    upstream pool { server ${peers.addresses['one'] ?? ''}; server 127.0.0.1:1 max_fails=1 fail_timeout=60s; }
    server {
        listen 80;
        server_name app.localhost;
        location /api/ { proxy_pass http://pool/; }
        location /hello { return 200 "hello"; }
    }
}
`,
  )
  await openPage(page, 'Overview')
  for (let count = 0; count < 8; count++) await askProxy(host.httpPort, 'app.localhost', '/api/x')
  const map = page.getByRole('group', { name: 'Map of routes' })

  await test.step('the failing peer has its reason on the line, and whole in the list of problems', async () => {
    await expect(map.getByText('refused')).toBeVisible()
    await expect(page.getByRole('list', { name: 'Problems' })).toContainText('Connection refused')
  })

  await test.step('what is under the pointer is told in numbers', async () => {
    await map.getByRole('button', { name: 'location /api/' }).hover()
    const told = page.getByText(/^\/api\/ · .*8 requests · p95 .* · 0 % errors/)
    await expect(told).toBeVisible()
  })

  await test.step('the switch closes the gate', async () => {
    await map.getByRole('switch', { name: 'Switch location /hello' }).click()
    await expect(map.getByText('OFF')).toBeVisible()
    expect((await askProxy(host.httpPort, 'app.localhost', '/hello')).status).toBe(404)
  })

  await test.step('a click goes to the thing', async () => {
    await map.getByRole('button', { name: 'upstream pool' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Upstreams' })).toBeVisible()
  })
})

test('300 routes are folded by server, found by search, and fit the window', async ({
  window: page,
  bring,
}) => {
  // Three hundred boxes are found by role and name again and again.
  test.slow()
  const servers = Array.from({ length: 50 }, (_one, number) => {
    const locations = Array.from(
      { length: 6 },
      (_location, at) => `location /part-${at}/ { proxy_pass http://127.0.0.1:${4000 + number}; }`,
    )
    return `server { listen 80; server_name site-${number}.localhost; ${locations.join(' ')} }`
  })
  await bring(`events {}\nhttp { ${servers.join('\n')} }\n`)
  await openPage(page, 'Overview')
  const map = page.getByRole('group', { name: 'Map of routes' })

  await expect(map.getByText('6 locations')).toHaveCount(50)
  await page.getByRole('searchbox', { name: 'Find on the map' }).fill('site-17')
  await expect(map.getByRole('button', { name: /^location \/part/ })).toHaveCount(6)
  await page.getByRole('searchbox', { name: 'Find on the map' }).fill('')
  await map.getByRole('button', { name: 'Fold or unfold site-3.localhost' }).click()
  await expect(map.getByRole('button', { name: /^location \/part/ })).toHaveCount(6)
  await page.getByRole('button', { name: 'Unfold all' }).click()
  await expect(map.getByRole('button', { name: /^location \/part/ })).toHaveCount(300)

  const sizes = page.getByRole('group', { name: 'Size of the map' })
  await sizes.getByRole('button', { name: 'All of it' }).click()
  await expect(sizes.getByRole('button', { name: 'life size' })).toContainText('30 %')
  await map.focus()
  await page.keyboard.press('0')
  await expect(sizes.getByRole('button', { name: 'life size' })).toContainText('100 %')
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
})
