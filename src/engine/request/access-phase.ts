/** Who may come in: `satisfy` and `auth_delay` (ngx_http_core_access_phase, ngx_http_core_post_access_phase). */
import type { LocationSettings } from '../cycle/settings.ts'
import type { Exchange, Handler, Verdict } from './exchange.ts'
import { logError } from './error-log.ts'
import { act } from './trial.ts'
import { wait } from './wait.ts'

/** One handler for all of a location's access modules; none where there are none. */
export function accessPhase(settings: LocationSettings, handlers: readonly Handler[]): Handler[] {
  if (handlers.length === 0) return []
  const step = settings.fields.satisfy === 'any' ? anyStep : allStep
  const delay = settings.fields.authDelay ?? 0
  const settle = (x: Exchange, verdict: Verdict): Verdict | Promise<Verdict> =>
    verdict === 401 && delay > 0 && !x.trial ? delayed(x, delay) : verdict
  const run = (x: Exchange, from: number, refused: number): Verdict | Promise<Verdict> => {
    let code = refused
    for (let at = from; at < handlers.length; at++) {
      const handler = handlers[at]
      const verdict = handler ? act(x, handler) : 'declined'
      if (typeof verdict === 'object')
        return verdict.then((settled) => {
          const next = step(x, settled, code)
          return next.over ? settle(x, next.verdict) : run(x, at + 1, next.refused)
        })
      const next = step(x, verdict, code)
      if (next.over) return settle(x, next.verdict)
      code = next.refused
    }
    if (code === 403) logError(x, 'error', 'access forbidden by rule')
    return code === 0 ? 'declined' : settle(x, code)
  }
  // Subrequests are made by those who have been let in.
  return [(x) => (x.parent ? 'declined' : run(x, 0, 0))]
}

type Step = { over: false; refused: number } | { over: true; verdict: Verdict }

function allStep(_x: Exchange, verdict: Verdict): Step {
  return verdict === 'ok' || verdict === 'declined' ? { over: false, refused: 0 } : { over: true, verdict }
}

// The first that allows decides; 401 outlives 403 until all have spoken.
function anyStep(x: Exchange, verdict: Verdict, refused: number): Step {
  if (verdict === 'ok') {
    x.challenges = undefined
    return { over: true, verdict: 'declined' }
  }
  if (verdict === 401 || verdict === 403) return { over: false, refused: refused === 401 ? 401 : verdict }
  return verdict === 'declined' ? { over: false, refused } : { over: true, verdict }
}

async function delayed(x: Exchange, ms: number): Promise<Verdict> {
  logError(x, 'info', 'delaying unauthorized request')
  return (await wait(x, ms)) ? 401 : 'done'
}
