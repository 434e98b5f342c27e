import { askProxy } from '../support/host.ts'
import { freePort } from '../support/nginx.ts'
import { apply, expect, openPage, test } from '../support/window.ts'

test('ports and hosts of this machine, recording, theme and history are set and stay', async ({
  window: page,
  host,
  bring,
}) => {
  await bring(
    `events {}
http { server { listen 80; listen 81; server_name app.localhost; location / { return 200 "one"; } } }
`,
  )
  await openPage(page, 'Settings')

  await test.step('a port is opened as another, at once and without a draft', async () => {
    const port = await freePort()
    const ports = page.getByRole('region', { name: 'Ports' })
    await ports.getByRole('button', { name: 'Add' }).click()
    const rows = await ports.getByRole('textbox').count()
    await ports
      .getByRole('textbox')
      .nth(rows - 2)
      .fill('81')
    await ports
      .getByRole('textbox')
      .nth(rows - 2)
      .press('Enter')
    await ports
      .getByRole('textbox')
      .nth(rows - 1)
      .fill('99999')
    await ports
      .getByRole('textbox')
      .nth(rows - 1)
      .press('Enter')
    await expect(ports.getByRole('alert')).toContainText('a port is a number from 1 to 65535')
    await ports
      .getByRole('textbox')
      .nth(rows - 1)
      .fill(String(port))
    await ports
      .getByRole('textbox')
      .nth(rows - 1)
      .press('Enter')
    await expect(async () => {
      expect((await askProxy(port, 'app.localhost', '/')).body).toBe('one')
    }).toPass()
    await expect(page.getByRole('region', { name: 'Draft' })).toBeHidden()
  })

  await test.step('bodies are recorded when asked for', async () => {
    await page.getByRole('tab', { name: 'Recording' }).click()
    const on = page.getByRole('switch', { name: 'Record bodies' })
    await on.click()
    await expect(on).toBeChecked()
    await page.getByLabel('Of one body').selectOption('65536')
    await page.reload()
    await expect(page.getByRole('switch', { name: 'Record bodies' })).toBeChecked()
    await expect(page.getByLabel('Of one body')).toHaveValue('65536')
  })

  await test.step('the theme is chosen and remembered', async () => {
    await page.getByRole('tab', { name: 'Window' }).click()
    await page.getByRole('radio', { name: 'Light' }).check()
    await page.reload()
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
    await page.getByRole('radio', { name: 'Dark' }).check()
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
    await expect(page.getByRole('region', { name: 'About' })).toContainText(host.folder)
  })

  await test.step('what was applied before is looked at and brought back', async () => {
    await bring('events {}\nhttp { }\n')
    expect(
      (await askProxy(host.httpPort, 'app.localhost', '/').catch(() => undefined))?.status,
    ).toBeUndefined()
    await openPage(page, 'Settings')
    await page.getByRole('tab', { name: 'History' }).click()
    await page.getByRole('list', { name: 'Revisions' }).getByRole('button').nth(1).click()
    const revision = page.getByRole('region', { name: 'Revision' })
    await expect(revision).toContainText('app.localhost')
    await revision.getByRole('button', { name: 'Use as draft' }).click()
    await apply(page)
    expect((await askProxy(host.httpPort, 'app.localhost', '/')).body).toBe('one')
  })
})

test('an export is for production, for here or for a container, whole or as what differs', async ({
  window: page,
  host,
  bring,
}) => {
  await bring(
    `events {}
http { server { listen 80; server_name app.localhost; location / { proxy_pass http://127.0.0.1:3000; } } }
`,
  )
  await page.getByRole('tab', { name: 'Export' }).click()
  const text = page.getByLabel('Exported nginx.conf')
  await expect(text).toContainText('listen 80;')

  await test.step('as it runs here it has the ports of this machine', async () => {
    await page.getByRole('radio', { name: /As it runs here/ }).check()
    await expect(text).toContainText(`${host.httpPort}`)
  })

  await test.step('for a container there is a compose file', async () => {
    await page.getByRole('radio', { name: /In a container/ }).check()
    await expect(page.getByLabel('Exported compose.yaml')).toContainText('image: nginx:1.22.1')
    await expect(page.getByRole('button', { name: 'Download compose.yaml' })).toBeEnabled()
  })

  await test.step('only what differs is shown when asked for', async () => {
    await page.getByRole('radio', { name: /For production/ }).check()
    await page.getByLabel('What to show').selectOption('saved')
    await expect(page.getByText('Nothing differs.')).toBeVisible()
    await openPage(page, 'Routes')
    const target = page.getByLabel('Target of location / of app.localhost')
    await target.fill('http://127.0.0.1:3999')
    await target.press('Enter')
    await openPage(page, 'nginx')
    await page.getByRole('tab', { name: 'Export' }).click()
    await page.getByLabel('What to show').selectOption('imported')
    await expect(text).toContainText('http://127.0.0.1:3999')
    await expect(text).toContainText('http://127.0.0.1:3000')
  })
})
