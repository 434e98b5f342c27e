/** `proxy_pass` as the content of a location: the body first where it is buffered, then the peers. */
import { consultCache } from '../cache/consult.ts'
import type { CacheUse } from '../cache/use.ts'
import { explainProxy } from '../explain/proxied.ts'
import type { Exchange, Handler, Verdict } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { finalize } from '../request/finalize.ts'
import { sendKeptReply } from './kept-reply.ts'
import { explained } from '../request/trial.ts'
import { resolveTarget } from './resolve.ts'
import { ProxyRun } from './run.ts'
import { ProxyUrlError, type ProxySettings, type ProxyTarget } from './settings.ts'

/** The content handler of a proxied location. */
export function proxyPass(settings: ProxySettings): Handler {
  return explained(
    (x) => {
      const target = targetOf(x, settings)
      return target ? proxyTo(x, settings, target) : 500
    },
    (x, trial) => {
      const target = targetOf(x, settings)
      return target ? explainProxy(x, trial, settings, target) : 500
    },
  )
}

// Undefined: the URL could not be made, which is logged.
function targetOf(x: Exchange, settings: ProxySettings): ProxyTarget | undefined {
  try {
    const target = settings.target(x)
    x.upstreamName = target.name
    return target
  } catch (error) {
    if (!(error instanceof ProxyUrlError)) throw error
    logError(x, 'error', error.told)
    return undefined
  }
}

function proxyTo(x: Exchange, settings: ProxySettings, target: ProxyTarget): Verdict {
  const streaming =
    !settings.requestBuffering &&
    settings.setBody === undefined &&
    settings.passBody &&
    (!x.body.chunked || settings.http11) &&
    !x.body.takeAvailable(x) &&
    !x.finished
  if (streaming) begin(x, settings, target, true)
  else
    x.body.collect(x, (status) => {
      if (status) finalize(x, status)
      else begin(x, settings, target, false)
    })
  return 'done'
}

function begin(x: Exchange, settings: ProxySettings, target: ProxyTarget, streaming: boolean): void {
  const { cache } = settings
  if (x.cache) leaveCache(x)
  if (cache) {
    consultCache(x, settings, cache, target, (asking, use) =>
      fetch(asking, settings, target, streaming && asking === x, use),
    )
  } else fetch(x, settings, target, streaming, undefined)
}

// An internal redirect led here: what was looked for before is another matter.
function leaveCache(x: Exchange): void {
  x.cache = undefined
  x.cacheStatus = undefined
  x.cacheReason = undefined
  x.cacheExpiredSeconds = 0
  x.cacheNotStored = undefined
}

/** Asks the origin. `use`: what the exchange has to do with a cache. */
function fetch(
  x: Exchange,
  settings: ProxySettings,
  target: ProxyTarget,
  streaming: boolean,
  use: CacheUse | undefined,
): void {
  if (target.group) {
    new ProxyRun(x, settings, target, target.group, streaming, use).start()
    return
  }
  resolveTarget(x, settings, target).then(
    (group) => {
      if (x.finished) return
      if (group) new ProxyRun(x, settings, target, group, streaming, use).start()
      else unresolved(x, use)
    },
    (error: unknown) => {
      logError(
        x,
        'error',
        `${target.name} could not be resolved (${error instanceof Error ? error.message : String(error)})`,
      )
      unresolved(x, use)
    },
  )
}

function unresolved(x: Exchange, use: CacheUse | undefined): void {
  use?.free()
  if (!sendKeptReply(x)) finalize(x, 502)
}
