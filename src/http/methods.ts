/** A method that asks for nothing to be changed. Source: RFC 9110 §9.2.1. */
export function isSafe(method: string): boolean {
  return (
    method === 'GET' ||
    method === 'HEAD' ||
    method === 'OPTIONS' ||
    method === 'TRACE' ||
    method === 'PROPFIND'
  )
}

/**
 * A request that may be sent twice: every method but POST, LOCK and PATCH, unknown ones included.
 * Source: ngx_http_upstream_next; RFC 9110 §9.2.2 says no more than which are idempotent for certain.
 */
export function isIdempotent(method: string): boolean {
  return method !== 'POST' && method !== 'LOCK' && method !== 'PATCH'
}
