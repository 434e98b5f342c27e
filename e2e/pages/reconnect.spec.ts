import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { askProxy } from '../support/host.ts'
import { apply, expect, openPage, test } from '../support/window.ts'

test('the window says that the program is away, keeps the draft, and goes on when it is back', async ({
  page,
  host,
  startPeers,
}) => {
  const peers = await startPeers('one')
  await writeFile(path.join(host.folder, 'journey.conf'), config(peers.addresses['one'] ?? ''))
  await page.goto(host.address)
  await openPage(page, 'nginx')
  await page.getByRole('tab', { name: 'Import' }).click()
  await page.getByLabel('nginx files').setInputFiles(path.join(host.folder, 'journey.conf'))
  await page.getByRole('button', { name: 'Use as draft' }).click()
  await apply(page)

  await openPage(page, 'Routes')
  const target = page.getByLabel('Target of location / of app.localhost')
  await target.fill('http://127.0.0.1:9')
  await target.press('Enter')
  await expect(page.getByRole('region', { name: 'Draft' })).toContainText('1 change')

  await host.end()
  const banner = page.getByRole('alert').filter({ hasText: 'connection to Sluicegate is lost' })
  await expect(banner).toContainText('your draft is kept')
  await expect(target).toHaveValue('http://127.0.0.1:9')

  await host.again()
  // It looks again by itself, after 4 s at most.
  await expect(banner).toBeHidden({ timeout: 10_000 })
  await expect(page.getByRole('button', { name: /^Engine running/ })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Draft' })).toContainText('1 change')
  await apply(page)
  expect((await askProxy(host.httpPort, 'app.localhost', '/')).status).toBe(502)

  await openPage(page, 'Traffic')
  await expect(page.getByRole('row').filter({ hasText: '502' })).toBeVisible()
})

test('a draft survives a reload of the page', async ({ window: page }) => {
  await openPage(page, 'Upstreams')
  await page.getByRole('main').getByRole('button', { name: 'New upstream' }).click()
  await expect(page.getByRole('region', { name: 'Draft' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('region', { name: 'Draft' })).toContainText('1 change')
  await expect(page.getByRole('region', { name: 'Upstream pool' })).toBeVisible()
})

function config(peer: string): string {
  return `events {}
http {
    server {
        listen 80;
        server_name app.localhost;
        location / {
            proxy_pass http://${peer};
        }
    }
}
`
}
