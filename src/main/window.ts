/** The window: a sandboxed page that knows its preload's one message and nothing else of this machine. */
import { BrowserWindow } from 'electron'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { guardContents } from './origin-guard.ts'

export interface WindowFiles {
  /** The built preload and renderer. */
  readonly out: string
  readonly icon: string
}

/** The page's URL: the built one, or that of electron-vite's development server. */
export function pageUrl({ out }: WindowFiles): string {
  return process.env['ELECTRON_RENDERER_URL'] ?? pathToFileURL(join(out, 'renderer', 'index.html')).href
}

/** Opens the window; it shows itself when there is something to see. */
export function openWindow(files: WindowFiles): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 900,
    minHeight: 560,
    show: false,
    title: 'Sluicegate',
    icon: files.icon,
    webPreferences: {
      preload: join(files.out, 'preload', 'index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    },
  })
  const url = pageUrl(files)
  guardContents(window.webContents, url)
  window.once('ready-to-show', () => window.show())
  void window.loadURL(url)
  return window
}
