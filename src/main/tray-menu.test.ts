import { describe, expect, test } from 'vitest'
import type { ProxyState } from '../contract/program.ts'
import type { RouteSwitch } from '../host/route-switches.ts'
import { trayMenu, type TrayItem, type TrayStatus } from './tray-menu.ts'

const proxy = (state: ProxyState['state'], ...ports: number[]): ProxyState => ({
  state,
  problems: state === 'failed' ? [{ severity: 'error', code: 'bind', message: 'port 8080 is taken' }] : [],
  connections: 0,
  listeners: ports.map((port) => ({
    listen: '80',
    address: `127.0.0.1:${port}`,
    port,
    ssl: false,
    http2: false,
    connections: 0,
  })),
})

const route = (label: string, more: Partial<RouteSwitch> = {}): RouteSwitch => ({
  route: `key of ${label}`,
  label,
  depth: 0,
  on: true,
  reachable: true,
  ...more,
})

/** One line an item, as a person reads it. */
function lines(items: readonly TrayItem[], indent = ''): string[] {
  return items.flatMap((item) => {
    switch (item.type) {
      case 'separator':
        return [`${indent}—`]
      case 'submenu':
        return [`${indent}${item.label} ▸`, ...lines(item.items, `${indent}  `)]
      case 'normal':
        return [`${indent}${item.label}${item.action ? '' : ' (only read)'}`]
      case 'checkbox':
        return [`${indent}[${item.checked ? 'x' : ' '}] ${item.label}${item.enabled ? '' : ' (grey)'}`]
    }
  })
}

const always = ['—', 'Open Sluicegate', 'Quit']

const table: [name: string, status: TrayStatus, menu: string[]][] = [
  ['nothing is known yet', {}, ['Starting … (only read)', ...always]],
  ['it starts', { proxy: proxy('starting') }, ['Starting … (only read)', ...always]],
  ['it cannot start', { failure: 'x' }, ['Not running: open Sluicegate to see why (only read)', ...always]],
  [
    'it runs',
    { proxy: proxy('running', 8080, 8443, 8080) },
    ['Running: 8080, 8443 (only read)', 'Stop the proxy', ...always],
  ],
  [
    'nothing listens',
    { proxy: proxy('running') },
    ['Running, nothing listens (only read)', 'Stop the proxy', ...always],
  ],
  ['it stops', { proxy: proxy('stopping') }, ['Stopping … (only read)', ...always]],
  ['it is stopped', { proxy: proxy('stopped') }, ['Stopped (only read)', 'Start the proxy', ...always]],
  [
    'a port is taken',
    { proxy: proxy('failed') },
    ['Not running: port 8080 is taken (only read)', 'Start the proxy', ...always],
  ],
  [
    'there are routes',
    {
      proxy: proxy('running', 8443),
      routes: [
        route('app.localhost (443)'),
        route('/', { depth: 1 }),
        route('/api/', { depth: 1, on: false }),
        route('/api/v1', { depth: 2, reachable: false }),
        route('a&b (443)', { on: false }),
      ],
    },
    [
      'Running: 8443 (only read)',
      'Stop the proxy',
      '—',
      '[x] app.localhost (443)',
      '[x]       /',
      '[ ]       /api/',
      '[x]             /api/v1 (grey)',
      '[ ] a&&b (443)',
      ...always,
    ],
  ],
  [
    'there are more routes than fit',
    {
      proxy: proxy('running', 8443),
      routes: [
        route('a (80)', { on: false }),
        route('b (80)'),
        ...Array.from({ length: 19 }, (_, n) => route(`/${n}`, { depth: 1 })),
      ],
    },
    [
      'Running: 8443 (only read)',
      'Stop the proxy',
      '—',
      'a (80), off ▸',
      '  [ ] Whole server',
      'b (80) ▸',
      '  [x] Whole server',
      '  —',
      ...Array.from({ length: 19 }, (_, n) => `  [x] /${n}`),
      ...always,
    ],
  ],
]

describe('the menu', () => {
  test.for(table)('when %s', ([, status, menu]) => {
    expect(lines(trayMenu(status))).toEqual(menu)
  })
})

test('a click asks for the opposite of what is, by the key of the route', () => {
  const menu = trayMenu({ routes: [route('a'), route('b', { on: false })] })
  expect(menu.flatMap((item) => (item.type === 'checkbox' ? [item.action] : []))).toEqual([
    { do: 'switch', route: 'key of a', on: false },
    { do: 'switch', route: 'key of b', on: true },
  ])
})

test('start, stop, open and quit are asked for', () => {
  const actions = (status: TrayStatus): unknown[] =>
    trayMenu(status).flatMap((item) => (item.type === 'normal' && item.action ? [item.action.do] : []))
  expect(actions({ proxy: proxy('running') })).toEqual(['stop', 'open', 'quit'])
  expect(actions({ proxy: proxy('stopped') })).toEqual(['start', 'open', 'quit'])
})
