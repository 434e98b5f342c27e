/** What is left when no content handler has taken the exchange (ngx_http_core_content_phase). */
import type { Exchange, Verdict } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { filePath } from '../request/file-path.ts'

export function noContent(x: Exchange): Verdict {
  if (!x.uri.endsWith('/')) {
    logError(x, 'error', 'no handler found')
    return 404
  }
  const place = filePath(x)
  if (place) logError(x, 'error', `directory index of "${place.path}" is forbidden`)
  return 403
}
