/** What the tray's menu shows, as a pure function of status, and what its items do. */
import type { ProxyState } from '../contract/program.ts'
import type { RouteSwitch } from '../host/route-switches.ts'

/** What the tray knows, from the streams; absent until they have said it. */
export interface TrayStatus {
  /** Why there is no host and will be none. */
  readonly failure?: string | undefined
  readonly proxy?: ProxyState | undefined
  readonly routes?: readonly RouteSwitch[] | undefined
}

/** What a click asks for. */
export type TrayAction =
  | { readonly do: 'switch'; readonly route: string; readonly on: boolean }
  | { readonly do: 'start' | 'stop' | 'open' | 'quit' }

export type TrayItem =
  | { readonly type: 'separator' }
  | { readonly type: 'submenu'; readonly label: string; readonly items: readonly TrayItem[] }
  | { readonly type: 'normal'; readonly label: string; readonly action?: TrayAction }
  | {
      readonly type: 'checkbox'
      readonly label: string
      readonly checked: boolean
      readonly enabled: boolean
      readonly action: TrayAction
    }

/** The menu; items without an action are only read. */
export function trayMenu(status: TrayStatus): TrayItem[] {
  const routes = status.routes ?? []
  return [
    { type: 'normal', label: headline(status) },
    ...engineItems(status.proxy),
    ...(routes.length > 0 ? [separator, ...routeItems(routes)] : []),
    separator,
    { type: 'normal', label: 'Open Sluicegate', action: { do: 'open' } },
    { type: 'normal', label: 'Quit', action: { do: 'quit' } },
  ]
}

const separator: TrayItem = { type: 'separator' }

function headline({ proxy, failure }: TrayStatus): string {
  if (failure !== undefined) return 'Not running: open Sluicegate to see why'
  switch (proxy?.state) {
    case undefined:
    case 'starting':
      return 'Starting …'
    case 'running': {
      const ports = [...new Set(proxy.listeners.map(({ port }) => port))]
      return ports.length === 0 ? 'Running, nothing listens' : `Running: ${ports.join(', ')}`
    }
    case 'stopping':
      return 'Stopping …'
    case 'stopped':
      return 'Stopped'
    case 'failed':
      return `Not running: ${proxy.problems.find(({ severity }) => severity === 'error')?.message ?? 'see the window'}`
  }
}

function engineItems(proxy: ProxyState | undefined): TrayItem[] {
  switch (proxy?.state) {
    case 'running':
      return [{ type: 'normal', label: 'Stop the proxy', action: { do: 'stop' } }]
    case 'stopped':
    case 'failed':
      return [{ type: 'normal', label: 'Start the proxy', action: { do: 'start' } }]
    case undefined:
    case 'starting':
    case 'stopping':
      return []
  }
}

/** More lines than this do not fit a small screen: then each server has a menu of its own. */
const mostLines = 20

function routeItems(routes: readonly RouteSwitch[]): TrayItem[] {
  if (routes.length <= mostLines)
    return routes.map((route) => switchItem(route, '      '.repeat(route.depth)))
  return groups(routes).map(([server, ...locations]) => ({
    type: 'submenu',
    label: server.on ? server.label : `${server.label}, off`,
    items: [
      { ...switchItem(server, ''), label: 'Whole server' },
      ...(locations.length > 0 ? [separator] : []),
      ...locations.map((route) => switchItem(route, '      '.repeat(route.depth - 1))),
    ],
  }))
}

function groups(routes: readonly RouteSwitch[]): [RouteSwitch, ...RouteSwitch[]][] {
  const found: [RouteSwitch, ...RouteSwitch[]][] = []
  for (const route of routes) {
    if (route.depth === 0) found.push([route])
    else found.at(-1)?.push(route)
  }
  return found
}

function switchItem(
  { route, label, on, reachable }: RouteSwitch,
  indent: string,
): TrayItem & { type: 'checkbox' } {
  return {
    type: 'checkbox',
    // Menus take & for the mark of a key.
    label: `${indent}${label.replaceAll('&', '&&')}`,
    checked: on,
    enabled: reachable,
    action: { do: 'switch', route, on: !on },
  }
}
