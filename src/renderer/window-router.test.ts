import { afterEach, expect, test } from 'vitest'
import { createApp, h } from 'vue'
import { RouterView, type RouteRecordRaw } from 'vue-router'
import { windowRouter } from './window-router.ts'

let stop: (() => void) | undefined
afterEach(() => {
  stop?.()
  window.location.hash = ''
})

/** Somebody changes the address: in a browser `popstate` follows. */
function goTo(hash: string): void {
  window.location.hash = hash
  window.dispatchEvent(new PopStateEvent('popstate', { state: null }))
}

/** Two pages, of which the first comes when it is let. */
function start(): { router: ReturnType<typeof windowRouter>; load: () => void } {
  let load = (): void => undefined
  const first = new Promise<void>((resolve) => (load = resolve))
  const routes: RouteRecordRaw[] = [
    { path: '/', component: () => first.then(() => ({ default: { render: () => h('p', 'first') } })) },
    { path: '/other', component: { render: () => h('p', 'other') } },
  ]
  const router = windowRouter(routes)
  const app = createApp({ render: () => h(RouterView) }).use(router)
  app.mount(document.createElement('div'))
  stop = () => app.unmount()
  return { router, load }
}

test('an address that changes before the first page is there is gone to', async () => {
  const { router, load } = start()
  goTo('#/other')
  load()
  await router.isReady()
  expect([router.currentRoute.value.path, window.location.hash]).toEqual(['/other', '#/other'])
})

test('an address that changes afterwards is gone to once', async () => {
  const { router, load } = start()
  load()
  await router.isReady()
  const seen: string[] = []
  const arrived = new Promise<void>((resolve) =>
    router.afterEach(({ path }) => {
      seen.push(path)
      resolve()
    }),
  )
  goTo('#/other')
  await arrived
  expect([seen, window.location.hash]).toEqual([['/other'], '#/other'])
})
