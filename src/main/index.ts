/** The desktop shell's life: one instance, one window, a tray, and the host in its own process. */
import { app, dialog, ipcMain, Menu, session, type BrowserWindow } from 'electron'
import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { problemLine } from '../base/problem.ts'
import { hostContract, type HostClient } from '../contract/contract.ts'
import { type ApplyResult } from '../contract/configuration.ts'
import { createClient } from '../contract/rpc/client.ts'
import { portChannel } from '../contract/rpc/port-channel.ts'
import { programFolder } from '../host/program.ts'
import { appMenu } from './app-menu.ts'
import { HostProcess } from './host-process.ts'
import { guardSession, isOwnPage } from './origin-guard.ts'
import { createTray, type AppTray } from './tray.ts'
import type { TrayAction } from './tray-menu.ts'
import { watchTrayStatus } from './tray-status.ts'
import { openWindow, pageUrl } from './window.ts'

const folder = programFolder()
const files = { out: join(folder, 'out'), icon: join(folder, 'resources', 'icon-512.png') }

const host = new HostProcess({
  file: join(files.out, 'main', 'host-entry.js'),
  args: process.argv.includes('--demo') ? ['--demo'] : [],
  clock: systemClock,
})
let window: BrowserWindow | undefined
let tray: AppTray | undefined
let client: HostClient | undefined
let quitting = false

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', showWindow)
  app.on('activate', showWindow)
  // The proxy goes on without a window; the tray ends it.
  app.on('window-all-closed', () => undefined)
  app.on('before-quit', (event) => {
    if (quitting) return
    event.preventDefault()
    void quit()
  })
  void app.whenReady().then(start)
} else app.quit()

function start(): void {
  guardSession(session.defaultSession)
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(appMenu(process.platform, { openWindow: showWindow, quit: () => app.quit() })),
  )
  tray = createTray(join(folder, 'resources'), act)
  ipcMain.on('sluicegate:ready', (event) => {
    if (event.sender === window?.webContents && isOwnPage(event.senderFrame?.url ?? '', pageUrl(files)))
      handPort()
  })
  host.onStarted(connectTray)
  // At the first start the page asks by itself; after a crash it waits for a new port.
  host.onStarted(() => handPort())
  host.onGaveUp((failure) => {
    tray?.show({ failure })
    dialog.showErrorBox('Sluicegate does not run', failure)
  })
  // Without its state there is nothing to show: another program has it, or it is of a newer version.
  host.onRefused((failure) => {
    dialog.showErrorBox('Sluicegate cannot start', failure)
    app.quit()
  })
  host.start()
  showWindow()
}

function showWindow(): void {
  if (!window) {
    window = openWindow(files)
    window.on('closed', () => (window = undefined))
    return
  }
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** A port straight to the host: from here on main is not between them. */
function handPort(): void {
  if (!window) return
  const port = host.connect()
  if (port) window.webContents.postMessage('sluicegate:port', null, [port])
}

function connectTray(): void {
  const port = host.connect()
  if (!port) return
  const connected = createClient(hostContract, portChannel(port))
  client = connected
  tray?.show({})
  watchTrayStatus(connected, (status) => {
    if (client === connected) tray?.show(status)
  })
}

function act(action: TrayAction): void {
  switch (action.do) {
    case 'open':
      return showWindow()
    case 'quit':
      return app.quit()
    case 'start':
      return report(client?.call('proxy.start'))
    case 'stop':
      return report(client?.call('proxy.stop'))
    case 'switch':
      return report(client?.call('local.switch', { route: action.route, on: action.on }).then(refusal))
  }
}

function refusal(result: ApplyResult): void {
  if (result.outcome === 'invalid') throw new Error(result.problems.map(problemLine).join('\n'))
}

/** What came of it the streams say; what failed is said here. */
function report(asked: Promise<unknown> | undefined): void {
  asked?.catch((error: unknown) => {
    if (!quitting)
      dialog.showErrorBox('That did not work', error instanceof Error ? error.message : String(error))
  })
}

/** Exchanges end before the program does. */
async function quit(): Promise<void> {
  quitting = true
  await host.stop()
  tray?.dispose()
  app.quit()
}
