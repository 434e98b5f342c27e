/** Why a response is not to be stored, as far as its fields go that do not speak of time. */
export type StorageObstacle = 'set-cookie' | 'vary-any' | 'vary-too-long'

// NGX_HTTP_CACHE_VARY_LEN: the room for it in the head of a stored response.
const longestVary = 128

/**
 * The first reason in the fields of an upstream's response not to store it, whatever its freshness. `ignored` are the
 * lower-case names in `proxy_ignore_headers`. Source: ngx_http_upstream_process_set_cookie and _vary.
 */
export function storageObstacle(
  fields: Iterable<readonly [name: string, value: string]>,
  ignored: ReadonlySet<string>,
): StorageObstacle | undefined {
  for (const [name, value] of fields) {
    if (ignored.has(name)) continue
    if (name === 'set-cookie') return 'set-cookie'
    if (name === 'vary' && value === '*') return 'vary-any'
    if (name === 'vary' && value.length > longestVary) return 'vary-too-long'
  }
  return undefined
}
