/** Everything that can be done and gone to, for the palette. */
import {
  Check,
  Cable,
  Database,
  Gauge,
  Play,
  Plus,
  History,
  Keyboard,
  Redo2,
  Signpost,
  Split,
  Square,
  SunMoon,
  ToggleLeft,
  ToggleRight,
  Undo2,
  Upload,
  Download,
  X,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { Router } from 'vue-router'
import { pathKey, routesOf } from '../../../config/path.ts'
import type { useConfig } from '../../config/config.store.ts'
import type { useLocal } from '../../config/local.store.ts'
import { routeUrl } from '../../form/route-url.ts'
import { routeTitles, targetOf } from '../../form/route-names.ts'
import { pageKey, pages } from '../../router.ts'
import type { useProxy } from '../../status/proxy.store.ts'
import type { ThemeChoice } from '../../theme/theme.ts'

export interface PaletteAction {
  readonly id: string
  readonly text: string
  /** Found by it too, and shown behind. */
  readonly more?: string
  readonly icon: Component
  readonly shortcut?: string
  /** Comes behind others that fit as well. */
  readonly second?: true
  run(): void
}

export interface PaletteContext {
  readonly router: Router
  readonly config: ReturnType<typeof useConfig>
  readonly local: ReturnType<typeof useLocal>
  readonly proxy: ReturnType<typeof useProxy>
  setTheme(choice: ThemeChoice): void
  newRoute(): void
  showKeys(): void
}

export function paletteActions(context: PaletteContext): PaletteAction[] {
  return [...drafts(context), ...general(context), ...places(context), ...routes(context)]
}

function drafts({ config }: PaletteContext): PaletteAction[] {
  if (!config.draft) return []
  return [
    { id: 'apply', text: 'Apply the draft', icon: Check, shortcut: 'Ctrl ⏎', run: () => void config.apply() },
    { id: 'discard', text: 'Discard the draft', icon: X, run: () => config.discard() },
    { id: 'undo', text: 'Undo', icon: Undo2, shortcut: 'Ctrl Z', run: () => config.undo() },
    { id: 'redo', text: 'Redo', icon: Redo2, shortcut: 'Ctrl ⇧ Z', run: () => config.redo() },
  ]
}

function general({ router, proxy, setTheme, newRoute, showKeys }: PaletteContext): PaletteAction[] {
  const running = proxy.state === 'running'
  return [
    { id: 'new-route', text: 'New route', icon: Plus, run: newRoute },
    running
      ? { id: 'stop', text: 'Stop the engine', icon: Square, run: () => void proxy.stop() }
      : { id: 'start', text: 'Start the engine', icon: Play, run: () => void proxy.start() },
    {
      id: 'import',
      text: 'Import nginx.conf',
      icon: Upload,
      run: () => void router.push('/nginx?tab=import'),
    },
    {
      id: 'export',
      text: 'Export nginx.conf',
      icon: Download,
      run: () => void router.push('/nginx?tab=export'),
    },
    {
      id: 'history',
      text: 'History of what was applied',
      icon: History,
      run: () => void router.push('/settings?tab=history'),
    },
    { id: 'keys', text: 'Keyboard help', icon: Keyboard, shortcut: '?', run: showKeys },
    { id: 'dark', text: 'Dark theme', icon: SunMoon, run: () => setTheme('dark') },
    { id: 'light', text: 'Light theme', icon: SunMoon, run: () => setTheme('light') },
    { id: 'system', text: 'Theme of the system', icon: SunMoon, run: () => setTheme('system') },
  ]
}

function places({ router }: PaletteContext): PaletteAction[] {
  return pages.map((page, index) => {
    const key = pageKey(page.name, index)
    return {
      id: `page ${page.name}`,
      text: page.title,
      more: 'page',
      icon: page.icon,
      ...(key && { shortcut: `Ctrl ${key.toUpperCase()}` }),
      run: () => void router.push(page.path),
    }
  })
}

function routes({ router, config, local }: PaletteContext): PaletteAction[] {
  const all = routesOf(config.config)
  const titles = routeTitles(all)
  const found = all.flatMap(({ path, server, locations }): PaletteAction[] => {
    const key = pathKey(path)
    const title = titles.get(key) ?? ''
    const off = local.isOff(path)
    return [
      {
        id: key,
        text: title,
        more: targetOf(locations.at(-1) ?? server).text,
        icon: Split,
        run: () => void router.push({ name: 'routes', query: { at: key } }),
      },
      {
        id: `explain ${key}`,
        text: `Explain: ${title}`,
        second: true,
        icon: Signpost,
        run: () =>
          void router.push({ name: 'explain', query: { url: routeUrl(server, locations, local.local) } }),
      },
      {
        id: `switch ${key}`,
        text: `Switch ${off ? 'on' : 'off'}: ${title}`,
        second: true,
        icon: off ? ToggleRight : ToggleLeft,
        run: () => void local.switchRoute(path, off),
      },
    ]
  })
  const pools = (config.config.http?.upstreams ?? []).map(({ name }): PaletteAction => ({
    id: `upstream ${name}`,
    text: `upstream ${name}`,
    icon: Cable,
    run: () => void router.push({ path: '/upstreams', query: { name } }),
  }))
  return [...found, ...pools, ...zones({ router, config })]
}

/** Caches and limits, by the names their zones have. */
function zones({ router, config }: Pick<PaletteContext, 'router' | 'config'>): PaletteAction[] {
  const http = config.config.http
  const go = (page: string, icon: Component, what: string, zone: string): PaletteAction => ({
    id: `${what} ${zone}`,
    text: `${what} ${zone}`,
    icon,
    run: () => void router.push({ path: page, query: { zone } }),
  })
  return [
    ...(http?.proxyCachePath ?? []).map(({ keysZone }) => go('/cache', Database, 'cache', keysZone.name)),
    ...(http?.limitReqZone ?? []).map(({ zone }) => go('/limits', Gauge, 'limit', zone.name)),
    ...(http?.limitConnZone ?? []).map(({ zone }) => go('/limits', Gauge, 'limit', zone.name)),
  ]
}
