/** `proxy_pass` as the content of a location: the body first where it is buffered, then the peers. */
import type { Exchange, Verdict } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { finalize } from '../request/finalize.ts'
import { resolveTarget } from './resolve.ts'
import { ProxyRun } from './run.ts'
import { ProxyUrlError, type ProxySettings, type ProxyTarget } from './settings.ts'

/** The content handler of a proxied location. */
export function proxyPass(settings: ProxySettings): (x: Exchange) => Verdict {
  return (x) => {
    let target: ProxyTarget
    try {
      target = settings.target(x)
    } catch (error) {
      if (!(error instanceof ProxyUrlError)) throw error
      logError(x, 'error', error.told)
      return 500
    }
    x.upstreamName = target.name
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
}

function begin(x: Exchange, settings: ProxySettings, target: ProxyTarget, streaming: boolean): void {
  if (target.group) {
    new ProxyRun(x, settings, target, target.group, streaming).start()
    return
  }
  resolveTarget(x, settings, target).then(
    (group) => {
      if (x.finished) return
      if (group) new ProxyRun(x, settings, target, group, streaming).start()
      else finalize(x, 502)
    },
    (error: unknown) => {
      logError(
        x,
        'error',
        `${target.name} could not be resolved (${error instanceof Error ? error.message : String(error)})`,
      )
      finalize(x, 502)
    },
  )
}
