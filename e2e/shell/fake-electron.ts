/** A stand-in for the parts of `electron` that src/main uses; everything around it is the real thing. */
import { EventEmitter } from 'node:events'
import type { FakePort } from './fake-ports.ts'

export { MessageChannelMain } from './fake-ports.ts'
export { utilityProcess } from './utility-process.ts'

class App extends EventEmitter {
  /** Settled when the program has quit. */
  readonly ended: Promise<void>
  #end: () => void = () => undefined
  isPackaged = false

  constructor() {
    super()
    this.ended = new Promise((resolve) => (this.#end = resolve))
  }
  requestSingleInstanceLock(): boolean {
    return true
  }
  whenReady(): Promise<void> {
    return Promise.resolve()
  }
  quit(): void {
    let prevented = false
    this.emit('before-quit', { preventDefault: () => (prevented = true) })
    if (!prevented) this.#end()
  }
}
export const app = new App()

class IpcMain extends EventEmitter {}
export const ipcMain = new IpcMain()

/** The Chromium page that a window is shown in; plugged in by the test. */
export interface Screen {
  load(url: string, preload: string | undefined): Promise<void>
  /** Hands a message with a port to the preload. */
  post(channel: string, message: unknown, port: FakePort): void
}

class WebContents extends EventEmitter {
  openHandler: unknown
  postMessage(channel: string, message: unknown, [port]: FakePort[] = []): void {
    if (port) BrowserWindow.screen?.post(channel, message, port)
  }
  setWindowOpenHandler(handler: unknown): void {
    this.openHandler = handler
  }
}

export interface WindowOptions {
  webPreferences?: Record<string, unknown> & { preload?: string }
}

export class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = []
  static screen: Screen | undefined
  readonly options: WindowOptions
  readonly webContents = new WebContents()
  url = ''
  visible = false

  constructor(options: WindowOptions) {
    super()
    this.options = options
    BrowserWindow.all.push(this)
  }
  async loadURL(url: string): Promise<void> {
    this.url = url
    await BrowserWindow.screen?.load(url, this.options.webPreferences?.preload)
    this.emit('ready-to-show')
  }
  show(): void {
    this.visible = true
  }
  focus(): void {
    this.emit('focus')
  }
  isMinimized(): boolean {
    return false
  }
  restore(): void {
    this.visible = true
  }
}

export interface MenuItem {
  type?: string
  label?: string
  checked?: boolean
  enabled?: boolean
  submenu?: MenuItem[]
  click?: () => void
}

export class Tray extends EventEmitter {
  static readonly all: Tray[] = []
  menu: MenuItem[] = []
  image: unknown
  toolTip = ''
  constructor(image: unknown) {
    super()
    this.image = image
    Tray.all.push(this)
  }
  setContextMenu(menu: { items: MenuItem[] }): void {
    this.menu = menu.items
  }
  setImage(image: unknown): void {
    this.image = image
  }
  setToolTip(text: string): void {
    this.toolTip = text
  }
  destroy(): void {
    this.menu = []
  }
}

export const Menu = {
  buildFromTemplate: (items: MenuItem[]) => ({ items }),
  setApplicationMenu: () => undefined,
}

export const nativeImage = { createFromPath: (path: string) => ({ path }) }

/** What was shown in error boxes. */
export const errorBoxes: string[] = []
export const dialog = {
  showErrorBox: (title: string, content: string) => void errorBoxes.push(`${title}: ${content}`),
}

export const permissions: { request?: unknown; check?: unknown } = {}
export const session = {
  defaultSession: {
    setPermissionRequestHandler: (handler: unknown) => (permissions.request = handler),
    setPermissionCheckHandler: (handler: unknown) => (permissions.check = handler),
  },
}
export const shell = { openExternal: () => Promise.resolve() }
