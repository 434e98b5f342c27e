import { createRouter, createWebHashHistory, type Router, type RouteRecordRaw } from 'vue-router'

/** A router on the address's hash, which works from a file as well as from a web server. */
export function windowRouter(routes: RouteRecordRaw[]): Router {
  const history = createWebHashHistory()
  const router = createRouter({ history, routes })
  // It follows the address only when its first page is there, and then writes that page's over what came meanwhile.
  const stop = history.listen((to) => void router.replace(to))
  void router.isReady().then(stop, stop)
  return router
}
