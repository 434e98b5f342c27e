import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright/test'
import { askProxy } from '../support/host.ts'
import { runEngine } from '../support/nginx.ts'
import { apply, expect, openPage, test } from '../support/window.ts'

/** How often each name answered. */
function tally(bodies: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const body of bodies) {
    const name = body.split(' ')[0] ?? ''
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** Remembers when each row was put into the document. */
async function noteRows(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: Record<string, number> = {}
    Object.assign(window, { seenRows: seen })
    new MutationObserver(() => {
      for (const cell of document.querySelectorAll('[role=gridcell][title]')) {
        const title = cell.getAttribute('title') ?? ''
        seen[title] ??= Date.now()
      }
    }).observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true })
  })
}

test('from an nginx.conf to live routes, other weights, a closed gate, and back to a file', async ({
  window: page,
  host,
  startPeers,
}) => {
  const peers = await startPeers('one', 'two')
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sluicegate-journey-'))
  const { one = '', two = '' } = peers.addresses
  const ask = (target: string) => askProxy(host.httpPort, 'app.localhost', target)
  await writeFile(
    path.join(folder, 'nginx.conf'),
    `events {}
http {
    log_format short '$remote_addr $status';
    upstream api {
        server ${one};
        server ${two};
    }
    server {
        listen 80;
        server_name app.localhost;
        location /api/ {
            proxy_pass http://api/;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
        }
        location = /hello {
            return 200 "hello\\n";
        }
    }
}
`,
  )

  await test.step('the file is imported: a report and a difference, then the draft', async () => {
    await openPage(page, 'nginx')
    await page.getByRole('tab', { name: 'Import' }).click()
    await page.getByLabel('nginx files').setInputFiles(path.join(folder, 'nginx.conf'))
    await expect(page.getByRole('region', { name: 'Report' })).toContainText('applied')
    await expect(page.getByRole('region', { name: 'Difference' })).toContainText('server app.localhost added')
    await page.getByRole('button', { name: 'Use as draft' }).click()
    await expect(page.getByRole('region', { name: 'Draft' })).toBeVisible()
  })

  await test.step('applied, it answers', async () => {
    await apply(page)
    await expect(page.getByRole('button', { name: /^Engine running/ })).toBeVisible()
    expect(await ask('/hello')).toMatchObject({ status: 200, body: 'hello\n' })
  })

  await test.step('a request is a row within 200 ms, with the route and the peer', async () => {
    await openPage(page, 'Traffic')
    await noteRows(page)
    const answer = await ask('/api/first?x=1')
    expect(answer.body).toContain('/first?x=1')
    const row = page.getByRole('row').filter({ hasText: '/api/first?x=1' })
    await expect(row).toContainText('200')
    const seenAt = await page.evaluate(
      () =>
        (window as unknown as { seenRows: Record<string, number> }).seenRows['/api/first?x=1'] ?? Infinity,
    )
    expect(seenAt - answer.at).toBeLessThan(200)
    await row.click()
    const pane = page.getByRole('complementary', { name: 'Exchange' })
    await expect(pane).toContainText('was sent as /first?x=1')
    await pane.getByRole('tab', { name: 'Request' }).click()
    await expect(pane.getByRole('row').filter({ hasText: 'X-Real-IP' })).toContainText('added')
    await pane.getByRole('tab', { name: 'Timing' }).click()
    await expect(pane.getByRole('list', { name: 'Phases and attempts' })).toContainText('waiting')
    await pane.getByRole('button', { name: 'Close' }).click()
  })

  await test.step('another weight is applied, and the next rows show the new shares', async () => {
    await openPage(page, 'Upstreams')
    const weight = page.getByLabel(`Weight of ${one} as a number`)
    await weight.fill('3')
    await weight.press('Enter')
    await page.getByRole('region', { name: 'Draft' }).getByRole('button', { name: 'Difference' }).click()
    await expect(page.getByRole('dialog')).toContainText(`server ${one} weight=3`)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await apply(page)
    const answers = []
    for (let count = 0; count < 40; count++) answers.push((await ask('/api/shares')).body)
    expect(tally(answers)).toEqual({ one: 30, two: 10 })
    await openPage(page, 'Traffic')
    const filter = page.getByRole('combobox', { name: 'Filter' })
    await filter.fill(`path:/api/shares peer:${one}`)
    await expect(page.getByText(/^30 of 4\d requests$/)).toBeVisible()
    await filter.fill(`path:/api/shares peer:${two}`)
    await expect(page.getByText(/^10 of 4\d requests$/)).toBeVisible()
    await filter.fill('')
    await openPage(page, 'Upstreams')
    await expect(page.getByRole('region', { name: 'Upstream api' })).toContainText('75 %')
  })

  await test.step('a route that is switched off answers as if it were absent', async () => {
    await openPage(page, 'Routes')
    const gate = page.getByRole('switch', { name: 'Switch location /api/ of app.localhost' })
    await gate.click()
    await expect(gate).not.toBeChecked()
    expect((await ask('/api/gone')).status).toBe(404)
    expect((await ask('/hello')).status).toBe(200)
    await expect(page.getByRole('region', { name: 'Draft' })).toBeHidden()
    await gate.click()
    await expect(gate).toBeChecked()
    expect((await ask('/api/back')).status).toBe(200)
  })

  await test.step("a location's target is edited in its row", async () => {
    const target = page.getByLabel('Target of location /api/ of app.localhost')
    await target.fill(`http://${two}/v2/`)
    await target.press('Enter')
    await apply(page)
    expect((await ask('/api/users')).body).toBe('two /v2/users')
    await target.fill('http://api/')
    await target.press('Enter')
    await apply(page)
  })

  await test.step('what is exported is a file that nginx accepts', async () => {
    await openPage(page, 'nginx')
    await page.getByRole('tab', { name: 'Export' }).click()
    await expect(page.getByLabel('Exported nginx.conf')).toContainText('weight=3')
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download nginx.conf' }).click()
    const exported = path.join(folder, 'exported.conf')
    await (await saving).saveAs(exported)
    const text = await readFile(exported, 'utf8')
    expect(text).toContain(`server ${one} weight=3;`)
    expect(text).toContain('listen 80;')
    const checked = await runEngine('nginx', [
      '-t',
      '-p',
      `${folder}/`,
      '-c',
      exported,
      '-e',
      'error.log',
      '-g',
      'pid nginx.pid;',
    ])
    expect(checked.output).toContain('test is successful')
    expect(checked.code).toBe(0)
  })

  await rm(folder, { recursive: true, force: true })
})
