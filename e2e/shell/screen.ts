/** A real Chromium page as the screen of a fake window: runs the built preload, and carries ports into the page. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright/test'
import type { Screen } from './fake-electron.ts'
import type { FakePort } from './fake-ports.ts'

/** What the page's side keeps; installed before anything of the page runs. */
interface PageSide {
  __post(channel: string, message: unknown, id: number): void
  __arrive(id: number, data: unknown): void
  __end(id: number): void
}

/** Runs in the page: `require('electron')` for the preload, and the far ends of ports. */
function installPageSide(): void {
  type Listener = (event: { ports: MessagePort[] }, message: unknown) => void
  const outside = window as unknown as {
    __send(channel: string): void
    __fromPage(id: number, data: unknown): void
    __closedByPage(id: number): void
    __electron: unknown
  }
  const listeners = new Map<string, Listener[]>()
  const ports = new Map<number, MessagePort>()
  outside.__electron = {
    ipcRenderer: {
      send: (channel: string) => outside.__send(channel),
      on: (channel: string, listener: Listener) =>
        listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
    },
  }
  Object.assign(window, {
    __post(channel: string, message: unknown, id: number) {
      const { port1, port2 } = new MessageChannel()
      ports.set(id, port1)
      port1.onmessage = (event) => outside.__fromPage(id, event.data)
      port1.addEventListener('close', () => outside.__closedByPage(id))
      for (const listener of listeners.get(channel) ?? []) listener({ ports: [port2] }, message)
    },
    __arrive: (id: number, data: unknown) => ports.get(id)?.postMessage(data),
    __end: (id: number) => ports.get(id)?.close(),
  } satisfies PageSide)
}

/** `onSend`: the preload has sent a message to main. */
export async function screenOn(page: Page, onSend: (channel: string) => void): Promise<Screen> {
  const ports = new Map<number, FakePort>()
  let lastPort = 0
  await page.exposeFunction('__send', onSend)
  await page.exposeFunction('__fromPage', (id: number, data: unknown) => ports.get(id)?.postMessage(data))
  await page.exposeFunction('__closedByPage', (id: number) => ports.get(id)?.close())
  await page.addInitScript(installPageSide)

  // One call after the other: messages of a port keep their order.
  let last: Promise<unknown> = Promise.resolve()
  const inPage = (name: keyof PageSide, ...args: unknown[]): void => {
    const call = ([called, given]: [keyof PageSide, unknown[]]): void => {
      const side = window as unknown as Record<keyof PageSide, (...all: unknown[]) => void>
      side[called](...given)
    }
    // A page that is going away does not answer any more.
    last = last
      .then(() => page.evaluate(call, [name, args] as [keyof PageSide, unknown[]]))
      .catch(() => undefined)
  }
  return {
    async load(url, preload) {
      if (preload !== undefined)
        await page.addInitScript({ content: asPreload(readFileSync(preload, 'utf8')) })
      await page.goto(url)
    },
    post(channel, message, port) {
      const id = ++lastPort
      ports.set(id, port)
      inPage('__post', channel, message, id)
      port.on('message', ({ data }: { data: unknown }) => inPage('__arrive', id, data))
      port.on('close', () => inPage('__end', id))
      port.start()
    },
  }
}

/** The built preload with what a sandboxed one has: `require`, for `electron` only. */
function asPreload(source: string): string {
  return `(() => {
    const require = (name) => {
      if (name !== 'electron') throw new Error('a sandboxed preload cannot require ' + name)
      return window.__electron
    }
    const module = { exports: {} }, exports = module.exports
    ${source}
  })()`
}
