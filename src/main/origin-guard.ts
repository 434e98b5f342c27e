/** Only our own page runs here: it goes nowhere, opens nothing, and is allowed nothing it does not need. */
import { shell, type Session, type WebContents } from 'electron'

/** Whether a URL is the page itself, whatever its route or query. */
export function isOwnPage(url: string, page: string): boolean {
  try {
    const [asked, own] = [new URL(url), new URL(page)]
    return asked.protocol === own.protocol && asked.host === own.host && asked.pathname === own.pathname
  } catch {
    return false // not a URL, so not our page
  }
}

/** Whether a link of the page is opened by the system: documentation, and the user's own sites. */
export function isForTheSystem(url: string): boolean {
  return /^https?:\/\/[^/]/i.test(url)
}

/** The page copies texts; everything else a page can ask for is refused. */
export function isAllowed(permission: string): boolean {
  return permission === 'clipboard-sanitized-write'
}

/** Guards one window's contents. */
export function guardContents(contents: WebContents, page: string): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isForTheSystem(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
  const stay = (event: { preventDefault(): void; readonly url: string }): void => {
    if (!isOwnPage(event.url, page)) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

/** Guards what pages may ask the system for. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(isAllowed(permission)))
  session.setPermissionCheckHandler((_contents, permission) => isAllowed(permission))
}
