import { askProxy } from '../support/host.ts'
import { expect, openPage, test } from '../support/window.ts'

test('a 502 in the log says what it means, what to do, and leads to the route and the upstream', async ({
  window: page,
  host,
  bring,
}) => {
  await bring(
    `events {}
http {
    upstream gone { server 127.0.0.1:1; }
    server { listen 80; server_name app.localhost; location /x { proxy_pass http://gone; } }
    server { listen 80; server_name other.localhost; location / { return 204; } }
}
`,
  )
  expect((await askProxy(host.httpPort, 'app.localhost', '/x')).status).toBe(502)
  await openPage(page, 'Log')
  const lines = page.getByRole('listbox', { name: 'Error log' })
  await lines.getByRole('option').filter({ hasText: 'Connection refused' }).click()
  const entry = page.getByRole('region', { name: 'Log entry' })
  await expect(entry).toContainText('Nothing listens on 127.0.0.1:1, so the answer was 502.')
  await expect(entry).toContainText('Start the service')

  await test.step('it is filtered by source and text', async () => {
    await page.getByLabel('Source').selectOption('server app.localhost')
    await expect(lines.getByRole('option').filter({ hasText: 'Connection refused' })).toHaveCount(1)
    await page.getByLabel('Source').selectOption('engine')
    await expect(lines.getByRole('option').filter({ hasText: 'Connection refused' })).toHaveCount(0)
    await page.getByLabel('Source').selectOption('')
  })

  await test.step('the access log has a line for each exchange', async () => {
    await page.getByLabel('Which log').selectOption('access')
    const line = page.getByRole('list', { name: 'Access log' }).getByRole('listitem')
    await expect(line.filter({ hasText: '/x' })).toContainText('502')
    await page.getByLabel('Which log').selectOption('errors')
  })

  await test.step('it leads to the thing', async () => {
    const links = entry.getByRole('list', { name: 'Where it leads' })
    await expect(links.getByRole('link', { name: 'location /x of app.localhost' })).toBeVisible()
    await links.getByRole('link', { name: 'upstream gone' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Upstreams' })).toBeVisible()
  })
})

test('the doctor says what stands between a name and a page without a warning', async ({
  window: page,
  host,
  bring,
}) => {
  await bring(
    `events {}
http { server { listen 443 ssl; server_name app.localhost nowhere.invalid; location / { return 204; } } }
`,
  )
  await openPage(page, 'Certificates')
  const doctor = page.getByRole('region', { name: 'Doctor' })
  await doctor.getByRole('button', { name: 'Examine' }).click()
  await expect(doctor.getByRole('list', { name: 'Authority' })).toContainText('Valid until')
  await expect(doctor.getByRole('list', { name: 'Ports' })).toContainText(`127.0.0.1:${host.httpsPort}`)
  const names = doctor.getByRole('list', { name: 'Where the names lead' })
  await expect(names.getByRole('listitem').filter({ hasText: 'nowhere.invalid' })).toContainText('/etc/hosts')
  await expect(doctor.getByRole('status')).toContainText('to do')
})
