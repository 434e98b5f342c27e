/** How fresh something stored is, in two words. */
import { ago } from '../../ui/format.ts'

/** `for 4 min`, `since 12 s`: how long it is still fresh, or how long it is not. Times are milliseconds since 1970. */
export function freshness(freshUntil: number, now: number): string {
  if (freshUntil > now) return `for ${spanOf(freshUntil - now)}`
  return `stale ${spanOf(now - freshUntil)}`
}

function spanOf(ms: number): string {
  const word = ago(0, ms)
  return word === 'now' ? '1 s' : word
}
