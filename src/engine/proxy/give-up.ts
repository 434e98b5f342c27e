/** What a client gets where no peer has an answer: what is stored, what is kept for such days, or an error. */
import { keepFailure } from '../cache/kept-error.ts'
import { sendStored } from '../cache/serve.ts'
import type { CacheUse } from '../cache/use.ts'
import type { Exchange } from '../request/exchange.ts'
import { finalize } from '../request/finalize.ts'
import { statusOf, type UpstreamError } from './errors.ts'
import { sendKeptReply } from './kept-reply.ts'
import type { ProxySettings } from './settings.ts'

/** Ends an exchange that no other peer is tried for. */
export function giveUp(
  x: Exchange,
  settings: ProxySettings,
  use: CacheUse | undefined,
  { kind }: UpstreamError,
): void {
  if (use?.verdict === 'EXPIRED') {
    // With `error` a stale answer is sent where no peer is left, too (NGX_HTTP_UPSTREAM_FT_NOLIVE).
    const condition = kind === 'no_live' ? 'error' : kind
    if (use.settings.useStale.has(condition) || use.mayServeOnError) {
      sendInstead(x, settings, use, 'STALE')
      return
    }
  }
  if (sendKeptReply(x)) return
  const status = statusOf(kind)
  if (use) keepFailure(use, status)
  finalize(x, status)
}

/** Sends what is stored instead of what the origin says, or does not say. */
export function sendInstead(
  x: Exchange,
  settings: ProxySettings,
  use: CacheUse,
  verdict: 'STALE' | 'REVALIDATED',
): void {
  use.verdict = verdict
  if (use.background) x.output.end(x)
  else if (!x.finished && !sendStored(x, settings, use)) finalize(x, 500)
  use.free()
}
