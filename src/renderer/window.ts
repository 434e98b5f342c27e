/** The window: theme, stores with their host, pages, in this order. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import App from './App.vue'
import { findHost } from './host/connect.ts'
import { provideHost } from './host/host.ts'
import { linkHost } from './host/link.ts'
import { routes } from './router.ts'
import { applyTheme } from './theme/theme.ts'

applyTheme()
const pinia = createPinia()
provideHost(pinia, linkHost(findHost(window)))
// The hash works from a file as well as from a web server.
const router = createRouter({ history: createWebHashHistory(), routes })
createApp(App).use(pinia).use(router).mount('#app')
