/** The traffic page, by role and name: what a developer does with a request that is not as it should be. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { readFile } from 'node:fs/promises'
import AxeBuilder from '@axe-core/playwright'
import type { Locator, Page } from 'playwright/test'
import { askProxy, type ServedHost } from '../support/host.ts'
import { apply, expect, openPage, test } from '../support/window.ts'

/** An origin that answers as it is told. */
async function startOrigin(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = (server.address() as AddressInfo).port
  return {
    port,
    server,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      if (server.listening) await once(server, 'close')
    },
  }
}

/** Routes everything to an origin, by the import page. */
async function routeTo(window: Page, port: number): Promise<void> {
  await openPage(window, 'nginx')
  await window.getByRole('tab', { name: 'Import' }).click()
  const text = `http { server { listen 80; server_name app.localhost; location / { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; } } }`
  await window
    .getByLabel('nginx files')
    .setInputFiles({ name: 'nginx.conf', mimeType: 'text/plain', buffer: Buffer.from(text) })
  await window.getByRole('button', { name: 'Use as draft' }).click()
  await apply(window)
}

const grid = (window: Page): Locator => window.getByRole('grid', { name: 'Requests' })
const rowOf = (window: Page, text: string): Locator => grid(window).getByRole('row').filter({ hasText: text })

async function recordBodies(window: Page): Promise<void> {
  await window.getByRole('button', { name: 'Bodies, secrets and kept replies' }).click()
  await window.getByRole('switch', { name: 'Record bodies' }).click()
  await expect(window.getByRole('switch', { name: 'Record bodies' })).toBeChecked()
  await window.getByRole('button', { name: 'Done' }).click()
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join(' | ')}`,
  )
}

const script = `<script>document.title='pwned';fetch('http://127.0.0.1:9/leak')</script>`
const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="document.title='pwned'"><script>document.title='pwned'</script><image href="http://127.0.0.1:9/leak.png" width="10" height="10"/></svg>`

test('hostile bodies, fields and paths run nothing and load nothing', async ({ window, host }) => {
  const origin = await startOrigin((request, response) => {
    const url = request.url ?? ''
    const type = url.startsWith('/svg')
      ? 'image/svg+xml'
      : url.startsWith('/json')
        ? 'application/json'
        : 'text/html'
    response.setHeader('content-type', type)
    response.setHeader(
      'x-<img/src=x onerror=alert(1)>'.replaceAll(/[^\w-]/g, '-'),
      `"><img src=x onerror="document.title='pwned'">`,
    )
    response.setHeader('link', '<http://127.0.0.1:9/leak.css>; rel=preload; as=style')
    response.end(
      url.startsWith('/svg')
        ? svg
        : url.startsWith('/json')
          ? JSON.stringify({ '<img src=x onerror=alert(1)>': script, __proto__: { polluted: true } })
          : `<!doctype html><html><head>${script}<link rel="stylesheet" href="http://127.0.0.1:9/leak.css"><base href="http://127.0.0.1:9/"></head><body onload="document.title='pwned'"><img src="http://127.0.0.1:9/leak.png" onerror="document.title='pwned'"><iframe src="javascript:top.document.title='pwned'"></iframe></body></html>`,
    )
  })
  await routeTo(window, origin.port)
  await openPage(window, 'Traffic')
  await askProxy(host.httpPort, 'app.localhost', '/first')
  await expect(rowOf(window, '/first')).toBeVisible()
  await recordBodies(window)
  const outside: string[] = []
  window.on('request', (request) => {
    const { protocol, host: name } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && name !== new URL(host.address).host)
      outside.push(request.url())
  })
  window.on('dialog', (dialog) => {
    outside.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  const targets = [
    `/html?x=<img/src=x/onerror=document.title='pwned'>`,
    `/svg?javascript:document.title='pwned'`,
    '/json?{{constructor.constructor("document.title=1")()}}',
  ]
  for (const target of targets) {
    const socket = connect({ port: host.httpPort, host: '127.0.0.1' })
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: app.localhost\r\nX-Evil: "><script>document.title='pwned'</script>\r\nConnection: close\r\n\r\n`,
    )
    socket.resume()
    await once(socket, 'close')
    const path = target.split('?')[0] ?? ''
    await rowOf(window, path).last().click()
    const pane = window.getByRole('complementary', { name: 'Exchange' })
    await pane.getByRole('tab', { name: 'Request' }).click()
    await pane.getByRole('tab', { name: 'Response' }).click()
    await expect(pane.getByRole('radiogroup', { name: 'Shown as' })).toBeVisible()
    for (const way of await pane.getByRole('radiogroup', { name: 'Shown as' }).getByRole('radio').all()) {
      await way.click()
      await expect(way).toBeChecked()
    }
    await pane.getByRole('tab', { name: 'Raw' }).click()
    await pane.getByRole('tab', { name: 'Summary' }).click()
  }
  expect(await window.title()).not.toContain('pwned')
  expect(outside).toEqual([])
  await origin.stop()
})

test('a request is found by its body, read, sent again, edited, compared, kept and exported', async ({
  window,
  host,
}) => {
  let count = 0
  const origin = await startOrigin((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.setHeader('set-cookie', 'session=7c9e6679')
    response.end(
      JSON.stringify({ path: request.url, method: request.method, count: ++count, token: 'teapot' }),
    )
  })
  await routeTo(window, origin.port)
  await openPage(window, 'Traffic')
  await askProxy(host.httpPort, 'app.localhost', '/before')
  await expect(rowOf(window, '/before')).toBeVisible()
  await recordBodies(window)
  await askProxy(host.httpPort, 'app.localhost', '/users?page=1')

  await test.step('found', async () => {
    await window.getByRole('combobox', { name: 'Filter' }).fill('body~"teapot"')
    await expect(rowOf(window, '/users')).toBeVisible()
    await expect(rowOf(window, '/before')).toBeHidden()
    await window.getByRole('button', { name: 'Save this filter' }).click()
    await expect(window.getByRole('button', { name: 'Forget this filter' })).toBeVisible()
    await window.getByRole('button', { name: 'Clear the filter' }).click()
    await window.getByRole('combobox', { name: 'Filter' }).click()
    await expect(window.getByRole('option', { name: 'body~"teapot" saved' })).toBeVisible()
    await window.keyboard.press('Escape')
  })

  const pane = window.getByRole('complementary', { name: 'Exchange' })
  await test.step('read', async () => {
    await rowOf(window, '/users').click()
    await pane.getByRole('tab', { name: 'Response' }).click()
    await expect(pane.getByRole('region', { name: 'Body' }).last()).toContainText('"token": "teapot"')
    await expect(pane.getByText('7c9e6679')).toBeHidden()
    await pane
      .getByRole('button', { name: /^Show set-cookie/i })
      .first()
      .click()
    await expect(pane.getByText('session=7c9e6679').first()).toBeVisible()
  })

  await test.step('sent again', async () => {
    await pane.getByRole('button', { name: 'Replay' }).click()
    await expect(rowOf(window, '/users')).toHaveCount(2)
  })

  await test.step('edited', async () => {
    await pane.getByRole('button', { name: 'Edit and send again' }).click()
    const dialog = window.getByRole('dialog', { name: 'Edit and send again' })
    await dialog.getByLabel('Method').fill('POST')
    await dialog.getByLabel('URL').fill(`http://app.localhost:${host.httpPort}/edited path`)
    await expect(dialog.getByRole('alert')).toContainText('%20')
    await dialog.getByLabel('URL').fill(`http://app.localhost:${host.httpPort}/edited`)
    await dialog.getByLabel('Body').fill('{"a":1}')
    await dialog.getByRole('button', { name: 'Send' }).click()
    await expect(rowOf(window, '/edited')).toBeVisible()
    await expect(pane).toContainText('/edited')
    await pane.getByRole('tab', { name: 'Request' }).click()
    await expect(pane.getByRole('region', { name: 'Body' }).last()).toContainText('"a": 1')
    await pane.getByRole('button', { name: 'Close' }).click()
  })

  await test.step('compared', async () => {
    await rowOf(window, '/users')
      .first()
      .click({ modifiers: ['ControlOrMeta'] })
    await rowOf(window, '/users')
      .last()
      .click({ modifiers: ['ControlOrMeta'] })
    await window.getByRole('button', { name: 'Compare' }).click()
    const dialog = window.getByRole('dialog', { name: 'Compare two requests' })
    await dialog.getByRole('tab', { name: 'Response' }).click()
    await expect(dialog).toContainText('"count": 2')
    await expect(dialog).toContainText('"count": 3')
    await window.keyboard.press('Escape')
  })

  await test.step('exported', async () => {
    await window
      .getByRole('toolbar', { name: 'Picked out' })
      .getByRole('button', { name: 'Export HAR' })
      .click()
    const file = window.waitForEvent('download')
    await window.getByRole('dialog').getByRole('button', { name: 'Export' }).click()
    const text = await readFile(await (await file).path(), 'utf8')
    const har = JSON.parse(text) as {
      log: { version: string; entries: { response: { content: { text: string } } }[] }
    }
    expect([har.log.version, har.log.entries.length]).toEqual(['1.2', 2])
    expect(har.log.entries[0]?.response.content.text).toContain('teapot')
    expect(text).not.toContain('7c9e6679')
    await window.getByRole('button', { name: 'Let go' }).click()
  })

  await test.step('kept for when the upstream is down', async () => {
    await rowOf(window, '/users').first().click()
    await pane.getByRole('button', { name: 'More' }).click()
    await window.getByRole('menuitem', { name: 'Keep as a reply while the upstream is down' }).click()
    await expect(window.getByText(/^Kept\. GET/)).toBeVisible()
    await origin.stop()
    const kept = await askProxy(host.httpPort, 'app.localhost', '/users?page=1')
    expect([kept.status, JSON.parse(kept.body)]).toEqual([200, expect.objectContaining({ count: 2 })])
    await window.getByRole('combobox', { name: 'Filter' }).fill('is:kept')
    await expect(grid(window).getByRole('row')).toHaveCount(2)
    await rowOf(window, '/users').click()
    await expect(pane).toContainText('the reply that is kept on this machine was sent')
    await window.getByRole('button', { name: 'Bodies, secrets and kept replies' }).click()
    await window.getByRole('button', { name: 'Remove the reply to GET /users?page=1' }).click()
    await expect(window.getByText('None is kept.')).toBeVisible()
    await window.getByRole('button', { name: 'Done' }).click()
    expect((await askProxy(host.httpPort, 'app.localhost', '/users?page=1')).status).toBe(502)
  })
})

test('a WebSocket is a row while it runs, and its messages are read as they come', async ({
  window,
  host,
}) => {
  const origin = await startOrigin((_request, response) => void response.end('hello'))
  await routeTo(window, origin.port)
  await openPage(window, 'Traffic')
  await askProxy(host.httpPort, 'app.localhost', '/first')
  await expect(rowOf(window, '/first')).toBeVisible()
  await recordBodies(window)
  const upgraded = once(origin.server, 'upgrade') as Promise<[IncomingMessage, Socket]>
  const client = connect({ port: host.httpPort, host: '127.0.0.1' })
  client.resume()
  client.write('GET /ws HTTP/1.1\r\nHost: app.localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n')
  const [, peer] = await upgraded
  peer.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n')
  await expect(rowOf(window, '/ws')).toContainText('running')
  await rowOf(window, '/ws').click()
  await window.getByRole('tab', { name: 'Messages' }).click()
  await expect(window.getByText('Nothing was said yet.')).toBeVisible()
  peer.write(Buffer.concat([Buffer.from([0x81, 9]), Buffer.from('{"n":[1]}')]))
  const messages = window.getByRole('listbox', { name: 'Messages' })
  await expect(messages.getByRole('option')).toHaveCount(1)
  await messages.focus()
  await window.keyboard.press('ArrowDown')
  await expect(window.getByRole('region', { name: 'Message' })).toContainText('"n": [')
  peer.end(Buffer.from([0x88, 2, 3, 0xe8]))
  await expect(messages.getByRole('option')).toHaveCount(2)
  await expect(messages).toContainText('normal closure')
  client.destroy()
  await expect(rowOf(window, '/ws')).not.toContainText('running')
  await origin.stop()
})

test('a whole journey by keyboard alone', async ({ window, host }) => {
  const origin = await startOrigin((request, response) => {
    response.statusCode = request.url === '/bad' ? 500 : 200
    response.end('hello')
  })
  await routeTo(window, origin.port)
  await openPage(window, 'Traffic')
  for (const target of ['/a', '/bad', '/b', '/c']) await askProxy(host.httpPort, 'app.localhost', target)
  await expect(rowOf(window, '/c')).toBeVisible()
  const press = (...keys: string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => window.keyboard.press(key)), Promise.resolve())
  const pane = window.getByRole('complementary', { name: 'Exchange' })

  await press('/')
  await window.keyboard.type('status:5')
  await expect(window.getByRole('option', { name: /status:5xx/ })).toBeVisible()
  await press('ArrowDown', 'Enter')
  await expect(window.getByRole('combobox', { name: 'Filter' })).toHaveValue('status:5xx ')
  await expect(grid(window).getByRole('row')).toHaveCount(2)
  await press('Escape', 'Enter')
  await expect(grid(window)).toBeFocused()
  await press('Home', 'Enter')
  await expect(pane).toContainText('/a')
  await press('ArrowDown')
  await expect(pane).toContainText('/bad')
  await press('Escape')
  await expect(pane).toBeHidden()
  await expect(grid(window)).toBeFocused()
  await press('Home', 'Shift+ArrowDown')
  await expect(window.getByText('2 requests picked out')).toBeVisible()
  await press('Escape')
  await expect(window.getByText('2 requests picked out')).toBeHidden()
  await press(' ')
  await askProxy(host.httpPort, 'app.localhost', '/later')
  await expect(window.getByRole('button', { name: /Paused · 1 new/ })).toBeVisible()
  await press(' ')
  await expect(rowOf(window, '/later')).toBeVisible()
  await origin.stop()
})

test('columns are chosen, sorted and remembered', async ({ window, host }) => {
  const origin = await startOrigin((request, response) => {
    response.end('x'.repeat(request.url === '/big' ? 5000 : 10))
  })
  await routeTo(window, origin.port)
  await openPage(window, 'Traffic')
  for (const target of ['/small', '/big', '/tiny']) await askProxy(host.httpPort, 'app.localhost', target)
  await expect(rowOf(window, '/tiny')).toBeVisible()
  await window.getByRole('button', { name: 'Columns' }).click()
  await window.getByRole('menuitemcheckbox', { name: 'Protocol' }).click()
  await window.getByRole('menuitemcheckbox', { name: 'Cache' }).click()
  await window.keyboard.press('Escape')
  await expect(window.getByRole('columnheader', { name: 'Protocol' })).toBeVisible()
  await expect(window.getByRole('columnheader', { name: 'Cache' })).toBeHidden()
  await window.getByRole('button', { name: 'Sent', exact: true }).click()
  await window.getByRole('button', { name: 'Sent', exact: true }).click()
  await expect(window.getByRole('columnheader', { name: 'Sent' })).toHaveAttribute('aria-sort', 'descending')
  await expect(grid(window).getByRole('row').nth(1)).toContainText('/big')
  await window.reload()
  await expect(window.getByRole('columnheader', { name: 'Protocol' })).toBeVisible()
  await window.getByRole('button', { name: 'Clear', exact: true }).click()
  await window
    .getByRole('dialog', { name: /^Clear 3 requests/ })
    .getByRole('button', { name: 'Keep them' })
    .click()
  await expect(rowOf(window, '/big')).toBeVisible()
  await window.getByRole('button', { name: 'Clear', exact: true }).click()
  await window.getByRole('dialog').getByRole('button', { name: 'Clear' }).click()
  await expect(window.getByText('No requests yet')).toBeVisible()
  await origin.stop()
})

for (const theme of ['dark', 'light'] as const)
  test(`panes and dialogs of the page keep to WCAG 2.2 AA in the ${theme} theme`, async ({
    window,
    host,
  }: {
    window: Page
    host: ServedHost
  }) => {
    // A dozen looks at a whole page take their time on a slow machine.
    test.setTimeout(150_000)
    await window.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    const origin = await startOrigin((_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end('{"a":[1,"b",null,true]}')
    })
    await routeTo(window, origin.port)
    await openPage(window, 'Traffic')
    await askProxy(host.httpPort, 'app.localhost', '/first')
    await expect(rowOf(window, '/first')).toBeVisible()
    await window.getByRole('button', { name: 'Bodies, secrets and kept replies' }).click()
    await expect(window.getByRole('switch', { name: 'Record bodies' })).toBeVisible()
    expect.soft(await violations(window), 'recording').toEqual([])
    await window.getByRole('switch', { name: 'Record bodies' }).click()
    await window.getByRole('button', { name: 'Done' }).click()
    for (const target of ['/one', '/two']) await askProxy(host.httpPort, 'app.localhost', target)
    await rowOf(window, '/two').click()
    const pane = window.getByRole('complementary', { name: 'Exchange' })
    for (const tab of ['Summary', 'Request', 'Response', 'Timing', 'Raw']) {
      await pane.getByRole('tab', { name: tab }).click()
      expect.soft(await violations(window), tab).toEqual([])
    }
    await pane.getByRole('tab', { name: 'Response' }).click()
    await pane.getByRole('radio', { name: 'Hex' }).click()
    expect.soft(await violations(window), 'hex').toEqual([])
    await pane.getByRole('button', { name: 'Edit and send again' }).click()
    await expect(window.getByRole('dialog')).toBeVisible()
    expect.soft(await violations(window), 'edit').toEqual([])
    await window.keyboard.press('Escape')
    await rowOf(window, '/one').click({ modifiers: ['ControlOrMeta'] })
    expect.soft(await violations(window), 'picked out').toEqual([])
    await window.getByRole('button', { name: 'Compare' }).click()
    await expect(window.getByRole('dialog').getByRole('tab', { name: 'Facts' })).toBeVisible()
    expect.soft(await violations(window), 'compare').toEqual([])
    await window.getByRole('dialog').getByRole('tab', { name: 'Timing' }).click()
    expect.soft(await violations(window), 'compare, timing').toEqual([])
    await window.keyboard.press('Escape')
    await window.getByRole('button', { name: 'Export as HAR' }).click()
    await expect(window.getByRole('dialog')).toBeVisible()
    expect.soft(await violations(window), 'export').toEqual([])
    await origin.stop()
  })
