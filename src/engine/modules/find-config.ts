/** The find-config phase: the location of the URI, and the checks that come with it (ngx_http_core_find_config_phase). */
import { escapeUri } from '../../http/escape.ts'
import { findLocation } from '../match/location.ts'
import { Answer } from '../request/answer.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'

export function findConfig(x: Exchange): Verdict {
  x.uriChanged = false
  const match = findLocation(x, x.server.root.tree)
  const { location, redirect } = match
  x.trial?.located(x, match)
  const settings = location ?? x.server.root
  if (!x.internal && settings.internal) return 404
  x.enter(settings)
  const { clientMaxBodySize } = settings
  if (clientMaxBodySize > 0 && x.body.length > clientMaxBodySize && !x.body.discarded) {
    logError(x, 'error', `client intended to send too large body: ${x.body.length} bytes`)
    x.body.expectTested = true
    return 413
  }
  if (redirect) {
    const answer = new Answer(301)
    answer.location = escapeUri(settings.pattern) + (x.args === '' ? '' : `?${x.args}`)
    x.answer = answer
    return 301
  }
  return 'declined'
}
