import { expect, test } from '../support/window.ts'

test('by keyboard alone: a new route is made, answers, is edited, applied and explained', async ({
  window: page,
  startPeers,
}) => {
  const peers = await startPeers('one')
  const port = peers.addresses.one?.split(':')[1] ?? ''
  await page.keyboard.press('Control+k')
  await page.keyboard.type('new route')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'New route' })
  await expect(dialog.getByLabel('Service')).toBeFocused()
  await page.keyboard.type(port)
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('status')).toContainText('It works.')
  await expect(dialog.getByRole('status')).toContainText('answered 200')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()

  await page.keyboard.press('Control+k')
  await page.keyboard.type('location / of app.localhost')
  await page.keyboard.press('Enter')
  const editor = page.getByRole('complementary', { name: 'Route' })
  const target = editor.getByRole('textbox', { name: 'proxy_pass' })
  await target.focus()
  await page.keyboard.press('End')
  await page.keyboard.type('/v1/')
  // The preview follows what is typed before it is taken over.
  await expect(editor.getByRole('note', { name: 'Example' })).toContainText(`${port}/v1/users?x=1`)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('region', { name: 'Draft' })).toBeHidden()

  await page.keyboard.press('Control+k')
  await page.keyboard.type('explain location / of app.localhost')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Sent to the upstream')).toContainText('GET /v1/ HTTP/1.1')
  await page.locator('body').press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toContainText('Apply the draft')
})

test('a service that listens is suggested with its program, and one that does not run is told', async ({
  window: page,
  startPeers,
}) => {
  const peers = await startPeers('one')
  const address = peers.addresses.one ?? ''
  await page.goto(`${page.url().split('#')[0]}#/routes`)
  await page
    .getByRole('button', { name: 'New route' })
    .or(page.getByRole('button', { name: 'Route', exact: true }))
    .first()
    .click()
  const dialog = page.getByRole('dialog', { name: 'New route' })
  const suggested = dialog
    .getByRole('region', { name: 'Listening now' })
    .getByRole('button', { name: address })
  await expect(suggested).toContainText('node')
  await suggested.click()
  await expect(dialog.getByLabel('Service')).toHaveValue(address)
  await peers.stop()
  await dialog.getByRole('button', { name: 'Add and apply' }).click()
  await expect(dialog.getByRole('status')).toContainText('its service does not answer')
  await dialog.getByRole('button', { name: 'Explain' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Explain' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Outcome' })).toContainText(address)
})
