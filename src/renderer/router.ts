/** The pages, in the order of the sidebar. Each is loaded when it is first opened. */
import {
  Cable,
  Database,
  FileCode,
  Gauge,
  KeyRound,
  Network,
  ScrollText,
  Settings,
  Signpost,
  Split,
  Waves,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

/** One line of the sidebar. */
export interface Page {
  readonly name: string
  readonly path: string
  readonly title: string
  readonly icon: Component
  load(): Promise<unknown>
}

export const pages: readonly Page[] = [
  {
    name: 'overview',
    path: '/',
    title: 'Overview',
    icon: Network,
    load: () => import('./features/overview/OverviewPage.vue'),
  },
  {
    name: 'routes',
    path: '/routes',
    title: 'Routes',
    icon: Split,
    load: () => import('./features/routes/RoutesPage.vue'),
  },
  {
    name: 'explain',
    path: '/explain',
    title: 'Explain',
    icon: Signpost,
    load: () => import('./features/explain/ExplainPage.vue'),
  },
  {
    name: 'upstreams',
    path: '/upstreams',
    title: 'Upstreams',
    icon: Cable,
    load: () => import('./features/upstreams/UpstreamsPage.vue'),
  },
  {
    name: 'cache',
    path: '/cache',
    title: 'Cache',
    icon: Database,
    load: () => import('./features/cache/CachePage.vue'),
  },
  {
    name: 'limits',
    path: '/limits',
    title: 'Limits',
    icon: Gauge,
    load: () => import('./features/limits/LimitsPage.vue'),
  },
  {
    name: 'traffic',
    path: '/traffic',
    title: 'Traffic',
    icon: Waves,
    load: () => import('./features/traffic/TrafficPage.vue'),
  },
  {
    name: 'certificates',
    path: '/certificates',
    title: 'Certificates',
    icon: KeyRound,
    load: () => import('./features/certificates/CertificatesPage.vue'),
  },
  {
    name: 'nginx',
    path: '/nginx',
    title: 'nginx',
    icon: FileCode,
    load: () => import('./features/nginx/NginxPage.vue'),
  },
  {
    name: 'log',
    path: '/log',
    title: 'Log',
    icon: ScrollText,
    load: () => import('./features/log/LogPage.vue'),
  },
  {
    name: 'settings',
    path: '/settings',
    title: 'Settings',
    icon: Settings,
    load: () => import('./features/settings/SettingsPage.vue'),
  },
]

/** The key that, with Ctrl, goes to a page. Ctrl 0 is the browser's: the zoom of before. */
export function pageKey(name: string, index: number): string | undefined {
  if (name === 'settings') return ','
  if (name === 'explain') return 'e'
  const number = index - pages.slice(0, index).filter((page) => page.name === 'explain').length
  return number < 9 ? String(number + 1) : undefined
}

export const routes: RouteRecordRaw[] = [
  ...pages.map((page): RouteRecordRaw => ({
    name: page.name,
    path: page.path,
    component: page.load as () => Promise<{ default: Component }>,
    meta: { title: page.title },
  })),
  { path: '/:rest(.*)', redirect: '/' },
]
