/** What goes through each route, with what goes through the routes within it. */
import { parsePathKey, pathKey } from '../../config/path.ts'
import type { RouteCount } from '../../status/throughput.ts'

/**
 * The engine counts a request at the one route that took it; a server is as busy as itself and all its
 * locations, a location as itself and those nested in it.
 */
export function routeTotals(counts: readonly RouteCount[]): Map<string, RouteCount> {
  const totals = new Map<string, RouteCount>()
  for (const count of counts)
    for (const route of withHolders(count.route)) {
      const sum = totals.get(route)
      totals.set(route, sum ? add(sum, count) : { ...count, route })
    }
  return totals
}

/** A route's key and those of the routes around it: every other segment names a list. */
function withHolders(key: string): string[] {
  const path = parsePathKey(key)
  const keys: string[] = []
  for (let length = path.length; length >= 3; length -= 2) keys.push(pathKey(path.slice(0, length)))
  return keys
}

function add(sum: RouteCount, count: RouteCount): RouteCount {
  const p95 = Math.max(sum.p95 ?? 0, count.p95 ?? 0)
  const lastAt = Math.max(sum.lastAt ?? 0, count.lastAt ?? 0)
  return {
    route: sum.route,
    requests: sum.requests + count.requests,
    errors: sum.errors + count.errors,
    rate: sum.rate + count.rate,
    cacheAsked: sum.cacheAsked + count.cacheAsked,
    cacheServed: sum.cacheServed + count.cacheServed,
    // Percentiles do not add: of several routes the slowest is told.
    ...(p95 > 0 && { p95 }),
    ...(lastAt > 0 && { lastAt }),
  }
}
