import { askProxy } from '../support/host.ts'
import { expect, test } from 'playwright/test'
import { watchForErrors, withDemo } from '../support/window.ts'

test.describe('with the demo', () => {
  const demo = withDemo()

  test('a request is explained as one types, nothing is sent, and its address can be sent to somebody', async ({
    page,
  }) => {
    const wrong = watchForErrors(page)
    await page.goto(`${demo().address}#/explain`)
    await page
      .getByRole('textbox', { name: 'URL' })
      .or(page.getByRole('combobox', { name: 'URL' }))
      .fill(`https://app.localhost:${demo().httpsPort}/api/users?page=1`)
    const outcome = page.getByRole('region', { name: 'Outcome' })
    await expect(outcome.getByRole('status')).toContainText('/users?page=1')
    await expect(outcome.getByLabel('Sent to the upstream')).toContainText('GET /users?page=1 HTTP/1.')
    const locations = page.getByRole('list', { name: 'Location candidates' })
    await expect(locations.getByRole('listitem').filter({ hasText: '/api/' }).first()).toContainText('wins')
    await page.goto(`${new URL(demo().address).origin}/#/traffic`)
    await expect(page.getByRole('heading', { level: 1, name: 'Traffic' })).toBeVisible()
    await expect(page.getByText('/api/users?page=1')).toHaveCount(0)
    await page.goBack()
    await expect(page.getByRole('region', { name: 'Outcome' })).toBeVisible()
    await locations.getByRole('link', { name: '/api/', exact: true }).click()
    await expect(page.getByRole('complementary', { name: 'Route' })).toContainText('location /api/')
    expect(wrong).toEqual([])
  })

  test('why here? is asked from a row of traffic', async ({ page }) => {
    await askProxy(demo().httpPort, 'app.localhost', '/why?here')
    await page.goto(`${demo().address}#/traffic`)
    await page.getByRole('row').filter({ hasText: '/why?here' }).first().click()
    await page.getByRole('link', { name: 'Why here?' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Explain' })).toBeVisible()
    await expect(page.getByRole('list', { name: 'Server candidates' })).toContainText('app.localhost')
  })
})
