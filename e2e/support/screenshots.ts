/**
 * Pictures of every page in both themes, from the built program with the demo and lively traffic:
 * `node e2e/support/screenshots.ts [FOLDER [NAME,…]]`, docs/ where none is named, some of them for a quick look.
 * The dark ones have the page's plain name.
 */
import { mkdir } from 'node:fs/promises'
import https from 'node:https'
import http from 'node:http'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type Page } from 'playwright/test'
import { serveHost, type ServedHost } from './host.ts'

const [, , folder = 'docs', names] = process.argv

/** What is asked for: mostly the page and the API, some of it missing or slow. */
const targets = [
  ...['/', '/', '/'],
  ...[
    '/api/users',
    '/api/users?page=2',
    '/api/orders/4711',
    '/api/users',
    '/api/cart',
    '/api/search?q=teapot',
  ],
  ...['/api/catalogue/1', '/api/catalogue/2', '/api/catalogue/3', '/api/catalogue/1', '/api/catalogue/17'],
  ...['/api/session', '/api/login', '/api/status/404', '/api/slow?ms=240', '/api/status/503'],
]

/** Asks for something every few milliseconds until it is stopped. */
function keepBusy(host: ServedHost): () => void {
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 8 })
  let going = true
  let count = 0
  const ask = (target: string): void => {
    const plain = count % 12 === 0
    const options = {
      host: '127.0.0.1',
      path: target,
      method: target.startsWith('/api/orders') && count % 3 === 0 ? 'POST' : 'GET',
      headers: {
        host: 'app.localhost',
        accept: 'application/json',
        ...(target.startsWith('/api/orders') && { authorization: 'Bearer eyJhbGciOi' }),
      },
    }
    const request = plain
      ? http.get({ ...options, port: host.httpPort })
      : https.request({ ...options, port: host.httpsPort, servername: 'app.localhost', agent })
    request.on('response', (response) => {
      response.resume()
    })
    request.on('error', () => undefined)
    request.end()
  }
  void (async () => {
    while (going) {
      ask(targets[(count * 7) % targets.length] ?? '/')
      count++
      await delay(25 + 20 * Math.sin(count / 40))
    }
  })()
  return () => {
    going = false
    agent.destroy()
  }
}

interface Picture {
  readonly name: string
  readonly path: string
  prepare?(page: Page): Promise<void>
}

const pictures: readonly Picture[] = [
  { name: 'overview', path: '/' },
  {
    name: 'routes',
    path: '/routes',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'location /api/ of app.localhost', exact: true }).click()
      await page.getByLabel('nginx text of this block').waitFor()
    },
  },
  {
    name: 'explain',
    path: '/explain',
    prepare: async (page) => {
      const url = `https://app.localhost:${host.httpsPort}/api/catalogue/1?page=2`
      await page.getByLabel('URL').fill(url)
      await page.getByRole('region', { name: 'Outcome' }).waitFor()
      await page.getByLabel('URL').blur()
    },
  },
  {
    name: 'new-route',
    path: '/routes',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Route', exact: true }).click()
      await page.getByRole('region', { name: 'Listening now' }).getByRole('listitem').first().waitFor()
    },
  },
  { name: 'upstreams', path: '/upstreams' },
  {
    name: 'cache',
    path: '/cache',
    prepare: async (page) => {
      await page.getByRole('row').filter({ hasText: 'catalogue' }).first().click()
    },
  },
  { name: 'limits', path: '/limits' },
  {
    name: 'traffic',
    path: '/traffic',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByRole('row').filter({ hasText: 'users' }).last().click()
      await page.getByRole('tab', { name: 'Request' }).click()
    },
  },
  {
    name: 'certificates',
    path: '/certificates',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Examine' }).click()
      await page.getByRole('list', { name: 'Ports' }).waitFor()
    },
  },
  {
    name: 'nginx',
    path: '/nginx',
    prepare: async (page) => {
      const editor = page.getByRole('textbox', { name: 'nginx configuration' })
      await editor.getByText('keepalive', { exact: true }).first().click()
      await page.keyboard.press('End')
      await page.keyboard.press('Enter')
      await page.keyboard.type('ke', { delay: 60 })
      await page.getByRole('listbox', { name: 'Completions' }).waitFor()
    },
  },
  { name: 'export', path: '/nginx?tab=export' },
  {
    name: 'log',
    path: '/log',
    prepare: async (page) => {
      await page.getByRole('option').last().click()
    },
  },
  { name: 'settings', path: '/settings' },
  { name: 'recording', path: '/settings?tab=recording' },
  { name: 'components', path: '/settings?tab=components' },
]

const wanted = pictures.filter((picture) => !names || names.split(',').includes(picture.name))
const host = await serveHost({ demo: true })
const stop = keepBusy(host)
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  chromiumSandbox: process.getuid?.() !== 0,
  args: ['--disable-dev-shm-usage', '--disable-gpu'],
})
try {
  await mkdir(folder, { recursive: true })
  // Half a minute of traffic, so that charts have a shape.
  await delay(names ? 10_000 : 30_000)
  for (const theme of ['dark', 'light'] as const) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: theme,
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    await page.goto(host.address)
    await page.getByRole('button', { name: /^Engine running/ }).waitFor()
    for (const picture of wanted) {
      await page.goto(`${new URL(host.address).origin}/#${picture.path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await delay(1200)
      await picture.prepare?.(page)
      await delay(600)
      await page.screenshot({
        path: path.join(folder, `${picture.name}${theme === 'dark' ? '' : '-light'}.png`),
      })
    }
    await context.close()
  }
} finally {
  stop()
  await browser.close()
  await host.stop()
}
