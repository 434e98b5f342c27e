import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from 'playwright/test'
import { askProxy } from '../support/host.ts'
import { watchForErrors, withDemo } from '../support/window.ts'

const pages = [
  ['Overview', '/'],
  ['Routes', '/routes'],
  ['Explain', '/explain'],
  ['Explain, a request', '/explain?url=https%3A%2F%2Fapp.localhost%2Fapi%2Fusers'],
  ['Upstreams', '/upstreams'],
  ['Cache', '/cache'],
  ['Limits', '/limits'],
  ['Traffic', '/traffic'],
  ['Certificates', '/certificates'],
  ['nginx', '/nginx'],
  ['nginx import', '/nginx?tab=import'],
  ['nginx export', '/nginx?tab=export'],
  ['Log', '/log'],
  ['Settings', '/settings'],
  ['Settings, recording', '/settings?tab=recording'],
  ['Settings, window', '/settings?tab=general'],
  ['Settings, history', '/settings?tab=history'],
  ['Components', '/settings?tab=components'],
] as const

/** What WCAG 2.2 AA asks for, as far as a program can see it. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
  return found.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join(' | ')}`,
  )
}

test.describe('with the demo', () => {
  const demo = withDemo(async (host) => {
    for (let count = 0; count < 30; count++)
      await askProxy(host.httpPort, 'app.localhost', `/api/users?page=${count}`)
  })

  for (const theme of ['dark', 'light'] as const)
    test(`no page breaks WCAG 2.2 AA in the ${theme} theme, and none says anything in the console`, async ({
      page,
    }) => {
      // Every page is read whole: on a busy machine that is more than a minute.
      test.slow()
      const wrong = watchForErrors(page)
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await page.goto(demo().address)
      for (const [name, path] of pages) {
        await page.goto(`${new URL(demo().address).origin}/#${path}`)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await page.waitForLoadState('networkidle')
        expect.soft(await violations(page), name).toEqual([])
      }
      expect(wrong).toEqual([])
    })

  test('open panes and dialogs are as accessible as pages', async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await page.goto(`${demo().address}#/routes`)
    await page.getByRole('button', { name: 'location /api/ of app.localhost', exact: true }).click()
    await expect(page.getByRole('complementary', { name: 'Route' })).toBeVisible()
    expect.soft(await violations(page), 'route editor').toEqual([])
    await page.getByRole('button', { name: 'Route', exact: true }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    expect.soft(await violations(page), 'new route').toEqual([])
    await page.getByLabel('Service').fill('1')
    await page.getByRole('button', { name: 'Add and apply' }).click()
    await expect(page.getByRole('region', { name: 'Your route' })).toContainText('answered 502')
    expect.soft(await violations(page), 'a route that was asked').toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('body').press('?')
    await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible()
    expect.soft(await violations(page), 'keyboard help').toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('dialog')).toBeVisible()
    expect.soft(await violations(page), 'palette').toEqual([])
    await page.keyboard.press('Escape')
    await page.goto(`${new URL(demo().address).origin}/#/traffic`)
    await page.getByRole('row').nth(3).click()
    for (const tab of ['Summary', 'Request', 'Response', 'Timing', 'Raw']) {
      await page.getByRole('tab', { name: tab }).click()
      expect.soft(await violations(page), `exchange, ${tab}`).toEqual([])
    }
  })

  test('at 900 pixels and at 200 % nothing is out of reach', async ({ page }) => {
    for (const viewport of [
      { width: 900, height: 600 },
      { width: 640, height: 400 },
    ]) {
      await page.setViewportSize(viewport)
      await page.goto(demo().address)
      for (const [name, path] of pages) {
        await page.goto(`${new URL(demo().address).origin}/#${path}`)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect.soft(wider, `${name} at ${viewport.width}`).toBeLessThanOrEqual(0)
        await expect(page.getByRole('group', { name: 'Engine' })).toBeInViewport()
      }
    }
  })
})
