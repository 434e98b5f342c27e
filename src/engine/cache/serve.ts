/** Sending a stored response (ngx_http_upstream_cache_send, ngx_http_cache_send). */
import { accelRedirect } from '../proxy/accel-redirect.ts'
import { answerOf, isSameForAll } from '../proxy/response-head.ts'
import type { ProxySettings } from '../proxy/settings.ts'
import { logError } from '../request/error-log.ts'
import { WrittenHead, type Answer } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { sendFile } from '../request/file-body.ts'
import { end, finalize, isBodyless, sendHead } from '../request/finalize.ts'
import { sendMemory } from '../request/memory-body.ts'
import { fieldValue } from '../wire/fields.ts'
import { contentLengthOf } from '../wire/request-framing.ts'
import type { ResponseHead } from '../wire/response-head.ts'
import type { HotResponse } from './hot.ts'
import { parseStoredHead } from './stored.ts'
import type { CacheUse } from './use.ts'

/** Sends what was found; false: it cannot be sent, and nothing was. */
export function sendStored(x: Exchange, proxy: ProxySettings, use: CacheUse): boolean {
  const stored = use.takeStored()
  if (!stored) return false
  const file = 'close' in stored ? stored : undefined
  const parsed = 'parsed' in stored ? stored.parsed : parseStoredHead(stored.head.text)
  if (!parsed) {
    file?.close()
    logError(x, 'crit', `cache file "${use.zone.pathOf(use.name)}" contains invalid header`)
    return false
  }
  if (use.entry) use.entry.hits++
  use.servedFields = parsed.fields
  const { answer, redirected } =
    'parsed' in stored ? hotAnswer(x, proxy, stored) : answerFor(x, proxy, parsed)
  if (redirected !== undefined) {
    file?.close()
    accelRedirect(x, proxy, parsed, redirected)
    return true
  }
  x.body.discard()
  const refused = sendHead(x, answer)
  if (refused || isBodyless(x, answer)) {
    file?.close()
    if (refused) finalize(x, refused)
    else end(x)
  } else if ('body' in stored) sendMemory(x, stored.body)
  else sendFile(x, { ...stored, kind: 'file', mtimeMs: 0 }, stored.head.bodyLength, stored.bodyStart)
  return true
}

/** Our answer, made once for a response that is asked for often. */
function hotAnswer(x: Exchange, proxy: ProxySettings, hot: HotResponse): ReturnType<typeof answerFor> {
  if (hot.prepared?.settings === proxy) return { answer: hot.prepared.answer.copy(), redirected: undefined }
  const made = answerFor(x, proxy, hot.parsed)
  if (isSameForAll(proxy, hot.parsed)) {
    const answer = made.answer.copy()
    answer.again = new WrittenHead()
    hot.prepared = { settings: proxy, answer }
  }
  return made
}

function answerFor(
  x: Exchange,
  proxy: ProxySettings,
  parsed: ResponseHead,
): { answer: Answer; redirected: string | undefined } {
  const { answer, steering } = answerOf(x, proxy, parsed, { contentLength: contentLength(parsed) }, 'cached')
  return { answer, redirected: steering.redirect }
}

// As it came: an answer that was chunked has no length when it is sent again either.
function contentLength({ fields }: ResponseHead): number | undefined {
  if (fields.names.includes('transfer-encoding')) return undefined
  const i = fields.names.indexOf('content-length')
  const length = i < 0 ? -1 : contentLengthOf(fieldValue(fields, i))
  return length < 0 ? undefined : length
}
