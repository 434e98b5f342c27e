/** Mounts a component as the window would: with stores, a router and a host in memory. */
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { h, type Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { provideHost } from '../host/host.ts'
import { routes } from '../router.ts'
import { fakeHost, type FakeHost } from './fake-host.ts'

export interface Mounted {
  readonly wrapper: VueWrapper
  readonly host: FakeHost
  readonly page: HTMLElement
}

/** Stores without a component. */
export function withStores(host: FakeHost = fakeHost()): FakeHost {
  const pinia = createPinia()
  setActivePinia(pinia)
  provideHost(pinia, host.link)
  return host
}

export async function mountPage(
  component: Component,
  options: { host?: FakeHost; at?: string; props?: Record<string, unknown> } = {},
): Promise<Mounted> {
  const host = options.host ?? fakeHost()
  const pinia = createPinia()
  setActivePinia(pinia)
  provideHost(pinia, host.link)
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(options.at ?? '/')
  const wrapper = mount(
    { render: () => h(TooltipProvider, null, { default: () => h(component, options.props) }) },
    { global: { plugins: [pinia, router] }, attachTo: document.body },
  )
  await router.isReady()
  return { wrapper, host, page: document.body }
}
