/** Removing what is stored because somebody says so. */
import type { CachePurge, CachePurged } from '../../status/cache-zone-status.ts'
import { bytesOf } from '../request/script.ts'
import type { Entry } from './entry.ts'
import { variantName } from './key.ts'
import type { CacheZone } from './zone.ts'

// Files of so many are removed before it returns; those of more one after the other, while requests go on.
const mostAtOnce = 500

/** Removes what fits, also what is being fetched at present, and says what went. */
export function purge(zone: CacheZone, what: CachePurge): CachePurged {
  let removed = 0
  let size = 0
  let interrupted = 0
  const entries = fitting(zone, what)
  for (const entry of entries) {
    entry.purges++
    entry.error = 0
    if (entry.updating) interrupted++
    if (entry.exists) {
      removed++
      size += entry.bodyLength
      zone.purged.set(entry.name, true)
    }
    zone.remove(entry, entries.length > mostAtOnce)
  }
  zone.purgedCount += removed
  return { removed, size, interrupted, message: sentence(zone, what, removed, interrupted) }
}

function fitting(zone: CacheZone, what: CachePurge): readonly Entry[] {
  if (what.by === 'key' && what.variant !== undefined) {
    const entry = zone.entries.get(variantName(what.variant))
    return entry?.key === bytesOf(what.key) ? [entry] : []
  }
  return [...zone.entries.values()].filter(matcher(what))
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
    case 'host': {
      const host = what.host.toLowerCase()
      return (entry) => entry.host === host
    }
    case 'all':
      return () => true
  }
}

function sentence(zone: CacheZone, what: CachePurge, removed: number, interrupted: number): string {
  const cache = `cache "${zone.name}"`
  const asked = wordsOf(what)
  const fetched =
    interrupted === 0
      ? ''
      : ` What is being fetched at present (${interrupted} ${interrupted === 1 ? 'key' : 'keys'}) will not be stored.`
  if (removed > 0)
    return `${removed} stored ${removed === 1 ? 'response was' : 'responses were'} removed from ${cache}.${fetched}`
  const loading = zone.cold
    ? ' Files of an earlier run are still being found: try again when that is done.'
    : ''
  return `Nothing is stored ${asked === '' ? '' : `${asked} `}in ${cache}, so nothing was removed.${fetched}${loading}`
}

function wordsOf(what: CachePurge): string {
  switch (what.by) {
    case 'key':
      return what.variant === undefined
        ? `under the key "${what.key}"`
        : `under the key "${what.key}" in this variant`
    case 'prefix':
      return `under a key that begins with "${what.prefix}"`
    case 'host':
      return `for the host "${what.host}"`
    case 'all':
      return ''
  }
}
