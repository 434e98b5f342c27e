/** When another peer may be tried (ngx_http_upstream_next, ngx_http_upstream_test_next). */
import type { UpstreamError } from './errors.ts'
import type { ProxySettings } from './settings.ts'

const statuses = new Map<number, UpstreamError['kind']>([
  [500, 'http_500'],
  [502, 'http_502'],
  [503, 'http_503'],
  [504, 'http_504'],
  [403, 'http_403'],
  [404, 'http_404'],
  [429, 'http_429'],
])

/** The condition that a status of an upstream can meet. */
export function statusCondition(status: number): UpstreamError['kind'] | undefined {
  return statuses.get(status)
}

// A request of these methods may have had its effect when its answer is missing.
const nonIdempotent = new Set(['POST', 'LOCK', 'PATCH'])

/** Whether the settings allow it, whatever peers are left. */
export function mayTryNext(
  kind: UpstreamError['kind'],
  settings: Pick<ProxySettings, 'nextUpstream' | 'nextTimeout'>,
  state: { method: string; requestSent: boolean; streaming: boolean; elapsedMs: number },
): boolean {
  if (!settings.nextUpstream.has(kind)) return false
  if (state.requestSent && nonIdempotent.has(state.method) && !settings.nextUpstream.has('non_idempotent'))
    return false
  if (state.requestSent && state.streaming) return false
  return !(settings.nextTimeout > 0 && state.elapsedMs >= settings.nextTimeout)
}
