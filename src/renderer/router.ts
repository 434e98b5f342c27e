/** The pages, in the order of the sidebar. Each is loaded when it is first opened. */
import { Cable, FileCode, KeyRound, Network, ScrollText, Settings, Split, Waves } from '@lucide/vue'
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
    name: 'upstreams',
    path: '/upstreams',
    title: 'Upstreams',
    icon: Cable,
    load: () => import('./features/upstreams/UpstreamsPage.vue'),
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

export const routes: RouteRecordRaw[] = [
  ...pages.map((page): RouteRecordRaw => ({
    name: page.name,
    path: page.path,
    component: page.load as () => Promise<{ default: Component }>,
    meta: { title: page.title },
  })),
  { path: '/:rest(.*)', redirect: '/' },
]
