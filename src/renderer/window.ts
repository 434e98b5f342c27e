/** The window: theme, stores with their host, pages, in this order. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { findHost } from './host/connect.ts'
import { provideHost } from './host/host.ts'
import { linkHost } from './host/link.ts'
import { routes } from './router.ts'
import { applyTheme } from './theme/theme.ts'
import { windowRouter } from './window-router.ts'

applyTheme()
const pinia = createPinia()
provideHost(pinia, linkHost(findHost(window)))
createApp(App).use(pinia).use(windowRouter(routes)).mount('#app')
