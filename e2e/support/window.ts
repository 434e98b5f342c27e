/** The window in a real browser: opened with its token, and watched for anything that goes wrong in it. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test as base, type Page } from 'playwright/test'
import { serveHost, startPeers, type Peers, type ServedHost } from './host.ts'

async function bringIn(page: Page, folder: string, text: string): Promise<void> {
  const file = path.join(folder, 'brought.conf')
  await writeFile(file, text)
  await openPage(page, 'nginx')
  await page.getByRole('tab', { name: 'Import' }).click()
  await page.getByLabel('nginx files').setInputFiles(file)
  await page.getByRole('button', { name: 'Use as draft' }).click()
  await apply(page)
}

/** What a journey begins with. */
interface Beginnings {
  /** A running program. */
  host: ServedHost
  /** The window, open on its overview; an error in the console fails the test. */
  window: Page
  /** Brings a configuration in by the Import, as a person would, and applies it. */
  bring(text: string): Promise<void>
  /** Little web servers, until the test is over. */
  startPeers(...names: string[]): Promise<Peers>
}

export const test = base.extend<Beginnings>({
  host: async ({ browserName: _any }, use) => {
    const host = await serveHost()
    await use(host)
    await host.stop()
  },
  window: async ({ page, host }, use) => {
    const wrong = watchForErrors(page)
    await page.goto(host.address)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await use(page)
    expect(wrong).toEqual([])
  },
  bring: ({ window: page, host }, use) => use((text) => bringIn(page, host.folder, text)),
  startPeers: async ({ browserName: _any }, use) => {
    const started: Peers[] = []
    await use(async (...names) => {
      const peers = await startPeers(...names)
      started.push(peers)
      return peers
    })
    for (const peers of started) await peers.stop()
  },
})

/** One program with the demo for all tests of a file or group; call what is returned inside of them. */
export function withDemo(
  begin: (host: ServedHost) => Promise<void> = async () => undefined,
): () => ServedHost {
  let host: ServedHost
  base.beforeAll(async () => {
    host = await serveHost({ demo: true })
    await begin(host)
  })
  base.afterAll(() => host.stop())
  return () => host
}

/** Everything a page should not say. */
export function watchForErrors(page: Page): string[] {
  const wrong: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text())
  })
  page.on('pageerror', (error) => wrong.push(String(error)))
  return wrong
}

/** Goes to a page by the sidebar. */
export async function openPage(page: Page, title: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: new RegExp(`^${title}`) })
    .click()
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible()
}

/** Applies the draft and waits until the stream has taken it away. */
export async function apply(page: Page): Promise<void> {
  const draft = page.getByRole('region', { name: 'Draft' })
  await draft.getByRole('button', { name: 'Apply' }).click()
  await expect(draft).toBeHidden()
}

export { expect }
