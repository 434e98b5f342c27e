// The built main, preload and renderer in a real Chromium with the real host process; only `electron` is a fake.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, type Page } from 'playwright/test'
import * as electron from './fake-electron.ts'
import type { MenuItem } from './fake-electron.ts'
import { screenOn } from './screen.ts'
import { FakeUtilityProcess } from './utility-process.ts'

const root = resolve(import.meta.dirname, '../..')

/** `import ... from 'electron'` of the built main gets the fake; the real module would start a download. */
function replaceElectron(): void {
  Object.assign(globalThis, { __fakeElectron: electron })
  const url = 'fake:electron'
  const source = `export const { ${Object.keys(electron).join(', ')} } = globalThis.__fakeElectron`
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'electron' ? { url, shortCircuit: true } : next(specifier, context),
    load: (loaded, context, next) =>
      loaded === url ? { format: 'module', shortCircuit: true, source } : next(loaded, context),
  })
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise((closed) => server.close(closed))
  return port
}

/** One request at the wire, through the proxy. */
function ask(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((answer, fail) => {
    get({ host: '127.0.0.1', port, path, headers: { host: 'shell.localhost' }, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (more: string) => (body += more))
      response.on('end', () => answer({ status: response.statusCode ?? 0, body }))
      response.on('error', fail)
    }).on('error', fail)
  })
}

/** The tray as a person sees it now. */
function trayItem(label: string): MenuItem {
  const item = electron.Tray.all[0]?.menu.find((one) => one.label?.trim() === label)
  if (!item) throw new Error(`the tray has no "${label}"`)
  return item
}
const trayLabels = (): string[] => (electron.Tray.all[0]?.menu ?? []).map(({ label }) => label?.trim() ?? '—')

const processes = FakeUtilityProcess.all
const newest = (): FakeUtilityProcess => {
  const process = processes.at(-1)
  if (!process) throw new Error('no host process was started')
  return process
}

test.describe.configure({ mode: 'serial' })

let page: Page
let folder: string
let port: number
let origin: Server
/** Answers of the origin that wait until a test lets them go. */
const held: ServerResponse[] = []
const errors: string[] = []

test.beforeAll(async ({ browser }) => {
  folder = mkdtempSync(join(tmpdir(), 'sluicegate-shell-'))
  process.env['SLUICEGATE_HOME'] = join(folder, 'state')
  origin = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/slow') held.push(response)
    else response.end(`origin ${request.url}`)
  })
  const originPort = await listening(origin)
  port = await freePort()
  const conf = join(folder, 'nginx.conf')
  writeFileSync(
    conf,
    `http { server { listen ${port}; server_name shell.localhost;
       location / { proxy_pass http://127.0.0.1:${originPort}; }
       location /api/ { proxy_pass http://127.0.0.1:${originPort}/; } } }`,
  )
  // Node warns on stderr when both are set, as runners and CI set them.
  const { NO_COLOR: _plain, FORCE_COLOR: _coloured, ...env } = process.env
  const imported = spawnSync(process.execPath, [join(root, 'out/main/cli.js'), 'import', conf], {
    encoding: 'utf8',
    env,
  })
  expect(imported.stderr).toBe('')

  page = await browser.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  electron.BrowserWindow.screen = await screenOn(page, (channel) => {
    const window = electron.BrowserWindow.all[0]
    electron.ipcMain.emit(channel, { sender: window?.webContents, senderFrame: { url: page.url() } })
  })
  replaceElectron()
  await import(pathToFileURL(join(root, 'out/main/index.js')).href)
})

test.afterAll(async () => {
  for (const { child } of processes) if (child.exitCode === null) child.kill('SIGKILL')
  await page?.close()
  origin?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the window is sandboxed and isolated, and shows what the host says', async () => {
  const opened = electron.BrowserWindow.all[0]
  expect(opened?.options.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
  })
  expect(opened?.url).toBe(pathToFileURL(join(root, 'out/renderer/index.html')).href)
  await expect(page.getByRole('button', { name: `Engine running ${port}` })).toBeVisible()
  expect(opened?.visible).toBe(true)
  expect(await page.evaluate(() => 'require' in window || 'process' in window)).toBe(false)
})

test('the host runs in a process of its own, and serves', async () => {
  expect(processes).toHaveLength(1)
  expect(newest().pid).not.toBe(process.pid)
  expect(await ask(port, '/api/users')).toEqual({ status: 200, body: 'origin /users' })
})

test('a click in the tray switches a route off at the wire; the tray shows it when it is so', async () => {
  await expect.poll(trayLabels).toContain('/api/')
  const before = trayItem('/api/')
  expect(before).toMatchObject({ type: 'checkbox', checked: true, enabled: true })
  before.click?.()
  // Painted from what is, not from what was wished.
  expect(trayItem('/api/').checked).toBe(true)
  await expect.poll(() => trayItem('/api/').checked).toBe(false)
  // As if the location were absent: the one around it answers.
  expect(await ask(port, '/api/users')).toEqual({ status: 200, body: 'origin /api/users' })

  trayItem(`shell.localhost (${port})`).click?.()
  await expect.poll(() => trayItem(`shell.localhost (${port})`).checked).toBe(false)
  expect(trayItem('/api/').enabled).toBe(false)
  await expect(ask(port, '/')).rejects.toThrow('ECONNREFUSED')

  trayItem(`shell.localhost (${port})`).click?.()
  trayItem('/api/').click?.()
  await expect.poll(() => trayItem('/api/')).toMatchObject({ checked: true, enabled: true })
  expect(await ask(port, '/api/users')).toEqual({ status: 200, body: 'origin /users' })
  expect(electron.errorBoxes).toEqual([])
})

test('the tray stops and starts the proxy', async () => {
  trayItem('Stop the proxy').click?.()
  await expect.poll(trayLabels).toContain('Start the proxy')
  await expect(page.getByRole('button', { name: /^Engine stopped/ })).toBeVisible()
  await expect(ask(port, '/')).rejects.toThrow('ECONNREFUSED')
  trayItem('Start the proxy').click?.()
  await expect.poll(trayLabels).toContain('Stop the proxy')
  expect((await ask(port, '/')).status).toBe(200)
})

test('a host that crashes is started again, and window and tray go on with the new one', async () => {
  const crashed = newest()
  crashed.child.kill('SIGKILL')
  await expect.poll(() => processes.length).toBe(2)
  expect(newest().pid).not.toBe(crashed.pid)
  await expect
    .poll(() =>
      ask(port, '/').then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)
  await expect(page.getByRole('button', { name: `Engine running ${port}` })).toBeVisible()
  await page.getByRole('link', { name: 'Traffic' }).click()
  await ask(port, '/after-the-crash')
  await expect(page.getByText('/after-the-crash')).toBeVisible()
  await expect.poll(() => trayItem('/api/').checked).toBe(true)
  expect(electron.errorBoxes).toEqual([])
})

test('quit waits for the exchange under way, and leaves nothing behind', async () => {
  const host = newest()
  const gone = new Promise<number>((exited) => host.once('exit', exited))
  const slow = ask(port, '/slow')
  await expect.poll(() => held.length).toBe(1)
  electron.app.quit()
  // No new connections from now on, but the one that is there goes on to its end.
  await expect
    .poll(() =>
      ask(port, '/').then(
        () => 'answered',
        () => 'refused',
      ),
    )
    .toBe('refused')
  expect(host.child.exitCode).toBe(null)
  held[0]?.end('slow but complete')
  expect(await slow).toEqual({ status: 200, body: 'slow but complete' })
  expect(await gone).toBe(0)
  await electron.app.ended
  expect(errors).toEqual([])
})
