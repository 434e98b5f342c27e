/** X-Accel-Redirect: the answer comes from elsewhere, a few fields of this one stay (ngx_http_upstream_process_headers). */
import { parseInternalUri } from '../../http/internal-uri.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { finalize, internalRedirect, namedLocation } from '../request/finalize.ts'
import type { ResponseHead } from '../wire/response-head.ts'
import { carriedBy } from './response-head.ts'
import type { ProxySettings } from './settings.ts'

/** Goes on where an answer's X-Accel-Redirect points. */
export function accelRedirect(x: Exchange, settings: ProxySettings, head: ResponseHead, uri: string): void {
  x.carried = carriedBy(x, settings, head)
  if (uri.startsWith('@')) {
    namedLocation(x, uri.slice(1))
    return
  }
  const target = parseInternalUri(uri)
  if (!target) {
    logError(x, 'error', `unsafe URI "${uri}" was detected`)
    finalize(x, 404)
    return
  }
  if (x.method !== 'HEAD') x.method = 'GET'
  internalRedirect(x, target.uri, target.args)
}
