/** Removing what is stored because somebody says so. */
import type { CachePurge } from '../../status/cache-zone-status.ts'
import { bytesOf } from '../request/script.ts'
import type { Entry } from './entry.ts'
import type { CacheZone } from './zone.ts'

/** Removes what fits, also what is being fetched at present; how many stored responses went. */
export function purge(zone: CacheZone, what: CachePurge): number {
  const fits = matcher(what)
  let count = 0
  for (const entry of [...zone.entries.values()]) {
    if (!fits(entry)) continue
    entry.purges++
    entry.error = 0
    if (entry.exists) {
      count++
      zone.purged.set(entry.name, true)
    }
    zone.remove(entry)
  }
  zone.purgedCount += count
  return count
}

function matcher(what: CachePurge): (entry: Entry) => boolean {
  switch (what.by) {
    case 'key': {
      const key = bytesOf(what.key)
      return (entry) => entry.key === key
    }
    case 'prefix': {
      const prefix = bytesOf(what.prefix)
      return (entry) => entry.key.startsWith(prefix)
    }
    case 'host':
      return (entry) => entry.host === what.host.toLowerCase()
    case 'all':
      return () => true
  }
}
