/** The application's menu: what every program has, and nothing that a page could break. */
import type { MenuItemConstructorOptions } from 'electron'

/** The menu of a platform; macOS has the program's own menu first. */
export function appMenu(
  platform: NodeJS.Platform,
  actions: { openWindow: () => void; quit: () => void },
): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin'
  const quit: MenuItemConstructorOptions = {
    label: 'Quit Sluicegate',
    accelerator: 'CmdOrCtrl+Q',
    click: actions.quit,
  }
  const own: MenuItemConstructorOptions = {
    label: 'Sluicegate',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { type: 'separator' },
      quit,
    ],
  }
  return [
    ...(mac ? [own] : []),
    {
      label: 'File',
      submenu: [
        { label: 'Open Window', accelerator: 'CmdOrCtrl+N', click: actions.openWindow },
        { role: 'close' },
        ...(mac ? [] : [{ type: 'separator' as const }, quit]),
      ],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'reload' },
        { role: 'toggleDevTools' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ]
}
