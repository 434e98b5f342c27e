/** Preconditions: 304 and 412 (ngx_http_not_modified_filter_module). */
import { evaluatePreconditions } from '../../http/validation.ts'
import type { FilterFactory } from '../filters.ts'
import { firstValue } from '../wire/fields.ts'

export const notModified: FilterFactory = (fields) => {
  const mode = fields.ifModifiedSince ?? 'exact'
  return (x, answer) => {
    if (answer.status !== 200 || answer.disableNotModified) return undefined
    const asked = x.head.fields
    if (!asked.names.some((name) => name.startsWith('if-'))) return undefined
    const verdict = evaluatePreconditions(
      {
        ifMatch: firstValue(asked, 'if-match'),
        ifNoneMatch: firstValue(asked, 'if-none-match'),
        ifModifiedSince: firstValue(asked, 'if-modified-since'),
        ifUnmodifiedSince: firstValue(asked, 'if-unmodified-since'),
      },
      { etag: answer.etag, lastModifiedMs: answer.modifiedAt },
      mode,
    )
    if (verdict === 'send') return undefined
    if (verdict === 'failed') {
      // Nothing of the answer goes out with a 412 (ngx_http_clean_header).
      x.answer = undefined
      return 412
    }
    answer.status = 304
    answer.reason = undefined
    answer.contentType = undefined
    answer.contentLength = -1
    answer.allowRanges = false
    answer.remove('accept-ranges')
    answer.remove('content-encoding')
    return undefined
  }
}
