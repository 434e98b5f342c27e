/** What a proxied location would do with a request: what is asked of whom, and what the answer gets. */
import type { ExplainOutcome } from '../../status/explanation.ts'
import { toldLength, upstreamRequest } from '../proxy/request-head.ts'
import { groupAtHand } from '../proxy/resolve.ts'
import type { ProxySettings, ProxyTarget } from '../proxy/settings.ts'
import { Answer } from '../request/answer.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import type { Trial } from '../request/trial.ts'
import { lookAtCache, type CacheLook } from './cached.ts'
import { placeOf } from './nobody.ts'
import { explainPeers } from './peers.ts'
import { shownText } from './trial.ts'

export function explainProxy(
  x: Exchange,
  trial: Trial,
  settings: ProxySettings,
  target: ProxyTarget,
): Verdict {
  const cache = settings.cache ? lookAtCache(x, settings.cache, target) : undefined
  if (typeof cache === 'string') {
    logError(x, 'error', `cache "${cache}" not found`)
    return 500
  }
  const group = target.group ?? groupAtHand(x, target)
  if (!group && !settings.resolver) {
    logError(x, 'error', `no resolver defined to resolve ${target.name}`)
    return 502
  }
  if (!group) trial.cannotKnow('name-lookup')
  const streaming = !settings.requestBuffering && settings.setBody === undefined && settings.passBody
  const request = upstreamRequest(
    x,
    settings,
    target,
    toldLength(x, streaming),
    streaming && x.body.chunked,
    cache?.use,
  )
  trial.cannotKnow('upstream-answer')
  trial.ends({
    kind: 'proxied',
    place: placeOf(x),
    upstream: target.name,
    url: shownText(`${target.ssl ? 'https' : 'http'}://${target.host}${request.uri}`),
    head: shownText(request.head),
    ...(group && !group.implicit && { method: group.method }),
    peers: group ? explainPeers(x, group) : [],
    ...(cache && { cache: cache.seen }),
    ...answerOf(x, settings, cache),
  })
  return 'done'
}

// What the location does to an answer with status 200 that says nothing else.
function answerOf(
  x: Exchange,
  settings: ProxySettings,
  cache: CacheLook | undefined,
): Pick<Extract<ExplainOutcome, { kind: 'proxied' }>, 'added' | 'hidden' | 'intercepted'> {
  const answer = new Answer(cache?.seen.verdict === 'HIT' ? (cache.seen.stored?.status ?? 200) : 200)
  for (const filter of x.settings.headerFilters) filter(x, answer)
  const pages = settings.interceptErrors ? [...(x.settings.errorPages?.keys() ?? [])] : []
  return {
    added: shownText(answer.lines).split('\r\n').filter(Boolean),
    hidden: [...settings.hidden],
    intercepted: pages.filter((status) => status >= 300),
  }
}
