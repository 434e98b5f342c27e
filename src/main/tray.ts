/** The tray: an icon that says whether the proxy runs, and its menu. It shows what the streams say, nothing else. */
import { Menu, nativeImage, Tray, type MenuItemConstructorOptions } from 'electron'
import { join } from 'node:path'
import { trayMenu, type TrayAction, type TrayItem, type TrayStatus } from './tray-menu.ts'

export interface AppTray {
  show(status: TrayStatus): void
  dispose(): void
}

/** `icons`: the folder with the tray's pictures. `run`: does what was clicked. */
export function createTray(icons: string, run: (action: TrayAction) => void): AppTray {
  const tray = new Tray(icon(icons, {}))
  let shown = ''
  let status: TrayStatus = {}
  const draw = (): void => {
    const menu = trayMenu(status)
    tray.setContextMenu(Menu.buildFromTemplate(menu.map((item) => template(item, click))))
    tray.setImage(icon(icons, status))
    tray.setToolTip(`Sluicegate: ${menu[0]?.type === 'normal' ? menu[0].label : ''}`)
  }
  const click = (action: TrayAction): void => {
    // The system has painted its own idea of the checkbox: what is shown is what is, until the stream says otherwise.
    draw()
    run(action)
  }
  draw()
  // Where a click on the icon does not open the menu, it opens the window.
  tray.on('click', () => run({ do: 'open' }))
  return {
    show(next) {
      status = next
      // Menus flicker when they are replaced while open.
      const text = JSON.stringify(trayMenu(next))
      if (text === shown) return
      shown = text
      draw()
    },
    dispose: () => tray.destroy(),
  }
}

function icon(folder: string, { proxy }: TrayStatus): Electron.NativeImage {
  const name = proxy?.state === 'running' ? 'tray-open' : 'tray-closed'
  // macOS tints template images itself, for its light and its dark bar.
  const file = process.platform === 'darwin' ? `${name}Template.png` : `${name}.png`
  return nativeImage.createFromPath(join(folder, file))
}

function template(item: TrayItem, click: (action: TrayAction) => void): MenuItemConstructorOptions {
  switch (item.type) {
    case 'separator':
      return { type: 'separator' }
    case 'submenu':
      return { label: item.label, submenu: item.items.map((inner) => template(inner, click)) }
    case 'normal': {
      const { label, action } = item
      return { label, enabled: action !== undefined, ...(action && { click: () => click(action) }) }
    }
    case 'checkbox': {
      const { label, checked, enabled, action } = item
      return { type: 'checkbox', label, checked, enabled, click: () => click(action) }
    }
  }
}
