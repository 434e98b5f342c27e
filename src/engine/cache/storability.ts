/** May this answer be stored, and how long is it fresh? (ngx_http_upstream_process_cache_control and companions) */
import { parseHttpDate } from '../../http/dates.ts'
import { freshnessOf, type FreshnessObstacle } from '../../http/freshness.ts'
import { storageObstacle } from '../../http/storable.ts'
import type { StoreReason } from '../../status/cache-status.ts'
import { fieldValue, type FieldLines } from '../wire/fields.ts'
import type { ResponseHead } from '../wire/response-head.ts'
import { validSeconds } from './settings.ts'
import type { CacheUse } from './use.ts'

const steering = new Set(['x-accel-expires', 'cache-control', 'expires', 'set-cookie', 'vary'])

/** The fields that say something about storing, in order. */
function steeringFields({ names, ...rest }: FieldLines): [name: string, value: string][] {
  const found: [string, string][] = []
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? ''
    if (steering.has(name)) found.push([name, fieldValue({ names, ...rest }, i)])
  }
  return found
}

const words: Readonly<Partial<Record<FreshnessObstacle, StoreReason>>> = { expired: 'expired-already' }

/** Takes over what the fields of an answer say. `ignored`: lower-case names in `proxy_ignore_headers`. */
export function considerFields(use: CacheUse, fields: FieldLines, ignored: ReadonlySet<string>): void {
  const said = steeringFields(fields)
  if (said.length === 0) return
  const freshness = freshnessOf(said, use.zone.clock.now(), ignored)
  if (freshness.freshUntil !== undefined) use.freshUntil = freshness.freshUntil
  if (freshness.staleWhileRevalidate > 0) use.staleWhileRevalidate = freshness.staleWhileRevalidate
  if (freshness.staleIfError > 0) use.staleIfError = freshness.staleIfError
  const { obstacle } = freshness
  if (obstacle !== undefined) use.refuse(words[obstacle] ?? (obstacle as StoreReason))
  const other = storageObstacle(said, ignored)
  if (other !== undefined) use.refuse(other)
  const vary = said.findLast(([name]) => name === 'vary')
  if (vary && !ignored.has('vary')) use.vary = vary[1]
}

/** Settles how long an answer that says nothing about it is fresh; an answer that never is is not stored. */
export function settleFreshness(use: CacheUse, status: number): void {
  if (use.freshUntil !== 0) return
  const seconds = validSeconds(use.settings.valid, status)
  if (seconds === 0) use.refuse('no-valid-time')
  else use.freshUntil = use.zone.now + seconds
}

/** What a stored response is recognised by; other answers than these are not validated. */
export function takeValidators(use: CacheUse, head: ResponseHead): void {
  const validated = head.status === 200 || head.status === 206
  const { names } = head.fields
  const i = names.indexOf('etag')
  const changed = names.lastIndexOf('last-modified')
  const ms = validated && changed >= 0 ? parseHttpDate(fieldValue(head.fields, changed)) : undefined
  use.lastModified = ms === undefined ? -1 : ms / 1000
  const etag = validated && i >= 0 ? fieldValue(head.fields, i) : ''
  // NGX_HTTP_CACHE_ETAG_LEN
  use.etag = etag.length <= 128 ? etag : ''
}
