/**
 * nginx's merge rule: what a level does not say, the level above says (ngx_conf_merge_*_value). Lists
 * are taken whole or not at all. A few directives mean only the block they stand in.
 */
import { directivesIn } from '../../config/directives.ts'
import type { LocationFields } from './settings.ts'

// These make a content handler or a phase handler of one block; nginx does not merge them.
const ownOnly = new Set(['proxyPass', 'tryFiles', 'stubStatus', 'listen', 'serverName'])

const inherited = [
  ...new Set(
    [
      ...directivesIn('location'),
      ...directivesIn('server'),
      ...directivesIn('if'),
      ...directivesIn('http'),
    ].map((d) => d.field),
  ),
].filter((field) => !ownOnly.has(field))

/** The fields of a block completed from the level above. */
export function inherit<T extends LocationFields>(own: LocationFields, above: LocationFields): T {
  const merged: Record<string, unknown> = {}
  const outer = above as Record<string, unknown>
  const inner = own as Record<string, unknown>
  for (const field of inherited) {
    const value = inner[field] ?? outer[field]
    if (value !== undefined) merged[field] = value
  }
  for (const field of ownOnly) if (inner[field] !== undefined) merged[field] = inner[field]
  // The second argument of keepalive_timeout is a setting of its own in nginx (keepalive_header).
  const keepalive = above.keepaliveTimeout
  if (
    own.keepaliveTimeout &&
    own.keepaliveTimeout.headerTimeout === undefined &&
    keepalive?.headerTimeout !== undefined
  )
    merged['keepaliveTimeout'] = { ...own.keepaliveTimeout, headerTimeout: keepalive.headerTimeout }
  // root and alias are one setting in nginx: either one written hides both of the level above.
  if (inner['root'] !== undefined && inner['alias'] === undefined) delete merged['alias']
  if (inner['alias'] !== undefined) delete merged['root']
  return merged as T
}
