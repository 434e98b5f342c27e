/** ngx_http_limit_req_module: https://nginx.org/en/docs/http/ngx_http_limit_req_module.html */
import type { LimitReq } from '../../config/directives/modules.ts'
import type { CompileContext } from '../cycle/compile-context.ts'
import type { LocationFields } from '../cycle/settings.ts'
import { keyText } from '../limits/key-text.ts'
import { useZone, type RateZone } from '../limits/limit-zone.ts'
import type { RateState } from '../limits/request-rates.ts'
import { logError } from '../request/error-log.ts'
import { wait } from '../request/wait.ts'
import type { Exchange, Limited, Verdict } from '../request/exchange.ts'
import { explained, type Trial } from '../request/trial.ts'
import type { Module } from './module.ts'

/** One `limit_req`; a request is 1000. */
interface Limit {
  readonly zone: RateZone
  readonly burst: number
  readonly delay: number
}

interface Settings {
  readonly limits: readonly Limit[]
  readonly status: number
  readonly dryRun: boolean
  readonly rejectLevel: Severity
  readonly delayLevel: Severity
}

type Severity = NonNullable<LocationFields['limitReqLogLevel']> | 'notice'

// Delays are logged one step milder than rejections.
const milder = { info: 'info', notice: 'info', warn: 'notice', error: 'warn' } as const

/** `limit_req`: requests of a key above its rate wait, and are rejected above the burst. */
export const limitReq: Module = {
  name: 'limit-req',
  handler({ fields, route }, context, path) {
    const lines = fields.limitReq
    if (!lines) return undefined
    const limits = context.once(lines, () => limitsOf(lines, context, path))
    const rejectLevel = fields.limitReqLogLevel ?? 'error'
    const settings: Settings = {
      limits,
      status: fields.limitReqStatus ?? 503,
      dryRun: fields.limitReqDryRun ?? false,
      rejectLevel,
      delayLevel: milder[rejectLevel],
    }
    const { status, dryRun } = settings
    for (const { zone, burst, delay } of limits)
      useZone(zone, {
        route,
        burst: burst / 1000,
        delay: delay === Infinity ? 'nodelay' : delay / 1000,
        status,
        dryRun,
      })
    return [
      explained(
        (x) => handle(x, settings),
        (x, trial) => explain(x, trial, settings),
      ),
    ]
  },
}

function limitsOf(
  lines: readonly LimitReq[],
  { zones, problems }: CompileContext,
  path: readonly string[],
): Limit[] {
  return lines.flatMap((line, index) => {
    const at = [...path, 'limitReq', String(index)]
    const zone = problems.try(at, () => zones.use<RateZone>('limit_req_zone', line.zone))
    if (lines.findIndex((other) => other.zone === line.zone) < index)
      problems.error(at, '"limit_req" directive is duplicate', 'keep one limit a zone')
    const delay = line.nodelay ? Infinity : (line.delay ?? 0) * 1000
    return zone ? [{ zone, burst: (line.burst ?? 0) * 1000, delay }] : []
  })
}

/** What all limits together say of a request. */
type Asked =
  | { readonly verdict: 'unlimited' }
  | {
      readonly verdict: 'rejected'
      readonly limit: Limit
      readonly key: string
      readonly excess: number | undefined
    }
  | {
      readonly verdict: 'passed'
      readonly limit: Limit
      readonly key: string
      readonly excess: number
      readonly delayMs: number
      /** Limits that had a key to look at. */
      readonly looked: readonly Limit[]
    }

function handle(x: Exchange, settings: Settings): Verdict | Promise<Verdict> {
  const main = x.parent ?? x
  // Decided once for a request, wherever it is redirected to.
  if (main.limitReqStatus !== undefined) return 'declined'
  const now = x.cycle.clock.monotonic()
  const asked = ask(x, settings.limits, Math.floor(now))
  if (asked.verdict === 'unlimited') return 'declined'
  const { zone } = asked.limit
  const dry = settings.dryRun ? ('_DRY_RUN' as const) : ''
  if (asked.verdict === 'rejected') {
    if (asked.excess !== undefined)
      logError(
        x,
        settings.rejectLevel,
        `limiting requests${settings.dryRun ? ', dry run' : ''}, excess: ${shown(asked.excess)} by zone "${zone.name}"`,
      )
    limited(main, `REJECTED${dry}`, zone, asked.key)
    zone.states.counts.add(settings.dryRun ? 'dryRun' : 'rejected', now)
    return settings.dryRun ? 'declined' : settings.status
  }
  for (const limit of asked.looked)
    if (asked.delayMs === 0 || limit !== asked.limit) limit.zone.states.counts.add('passed', now)
  if (asked.delayMs === 0) {
    main.limitReqStatus = 'PASSED'
    return 'declined'
  }
  logError(
    x,
    settings.delayLevel,
    `delaying request${settings.dryRun ? ', dry run' : ''}, excess: ${shown(asked.excess)}, by zone "${zone.name}"`,
  )
  limited(main, `DELAYED${dry}`, zone, asked.key)
  zone.states.counts.add(settings.dryRun ? 'dryRun' : 'delayed', now)
  return settings.dryRun ? 'declined' : delayed(x, asked.delayMs)
}

function limited(main: Exchange, verdict: Limited['verdict'], zone: RateZone, key: string): void {
  main.limitReqStatus = verdict
  main.limited = { verdict, zone: zone.name, key: keyText(zone.source, key) }
  zone.states.note(key, verdict.startsWith('DELAYED') ? 'delayed' : 'rejected')
}

async function delayed(x: Exchange, ms: number): Promise<Verdict> {
  return (await wait(x, ms)) ? 'declined' : 'done'
}

// What `handle` would find, without counting anything.
function explain(x: Exchange, trial: Trial, settings: Settings): Verdict {
  if (x.limitReqStatus !== undefined) return 'declined'
  const now = Math.floor(x.cycle.clock.monotonic())
  let longest = 0
  for (const limit of settings.limits) {
    const { zone, burst } = limit
    const key = zone.key(x)
    const excess = key === '' ? 0 : zone.states.peek(key, zone.rate, now)
    const refused = key !== '' && excess > burst
    const waitMs = refused ? 0 : delayOf(limit, excess)
    trial.tell({
      step: 'limit',
      kind: 'requests',
      zone: zone.name,
      key: keyText(zone.source, key),
      load: excess / 1000,
      most: burst / 1000,
      verdict: key === '' ? 'not-counted' : refused ? 'refused' : waitMs > 0 ? 'waits' : 'passes',
      waitMs,
      dryRun: settings.dryRun,
    })
    if (refused) {
      x.limitReqStatus = settings.dryRun ? 'REJECTED_DRY_RUN' : 'REJECTED'
      return settings.dryRun ? 'declined' : settings.status
    }
    if (key !== '') x.limitReqStatus = 'PASSED'
    longest = Math.max(longest, waitMs)
  }
  if (longest > 0) x.limitReqStatus = settings.dryRun ? 'DELAYED_DRY_RUN' : 'DELAYED'
  return 'declined'
}

function shown(excess: number): string {
  return `${Math.floor(excess / 1000)}.${String(excess % 1000).padStart(3, '0')}`
}

// ngx_http_limit_req_handler: all limits must let it in before any of them counts it.
function ask(x: Exchange, limits: readonly Limit[], now: number): Asked {
  const waiting: (RateState | undefined)[] = []
  let counted = 0
  const looked: Limit[] = []
  const keys: string[] = []
  for (const [index, limit] of limits.entries()) {
    const key = limit.zone.key(x)
    if (key === '') continue
    if (key.length > 65_535) {
      logError(x, 'error', `the value of the "${limit.zone.source}" key is more than 65535 bytes: "${key}"`)
      continue
    }
    looked.push(limit)
    keys[index] = key
    const { zone } = limit
    const found = zone.states.lookup(key, zone.rate, limit.burst, index === limits.length - 1, now)
    if (found.verdict === 'more') {
      waiting[index] = found.state
      continue
    }
    if (found.verdict !== 'counted') {
      for (const state of waiting) if (state) state.waiting--
      if (found.verdict === 'full') noRoom(x, zone)
      return { verdict: 'rejected', limit, key, excess: found.verdict === 'over' ? found.excess : undefined }
    }
    counted = found.excess
  }
  const last = limits.at(-1)
  if (looked.length === 0 || !last) return { verdict: 'unlimited' }
  const told = account(limits, waiting, last, counted, now)
  return { verdict: 'passed', looked, ...told, key: keys[limits.indexOf(told.limit)] ?? '' }
}

interface Told {
  readonly limit: Limit
  readonly excess: number
  readonly delayMs: number
}

// ngx_http_limit_req_account: the limit that delays the longest is the one that is told.
function account(
  limits: readonly Limit[],
  waiting: readonly (RateState | undefined)[],
  last: Limit,
  counted: number,
  now: number,
): Told {
  let told: Told = { limit: last, excess: counted, delayMs: delayOf(last, counted) }
  for (let index = limits.length - 1; index >= 0; index--) {
    const limit = limits[index]
    const state = waiting[index]
    if (!limit || !state) continue
    const excess = limit.zone.states.account(state, limit.zone.rate, now)
    const delayMs = delayOf(limit, excess)
    if (delayMs > told.delayMs) told = { limit, excess, delayMs }
  }
  return told
}

function delayOf({ zone, delay }: Limit, excess: number): number {
  return excess <= delay ? 0 : Math.floor(((excess - delay) * 1000) / zone.rate)
}

function noRoom(x: Exchange, { name }: RateZone): void {
  const { cycle } = x
  cycle.log(cycle.mainErrorLogs, 'alert', `could not allocate node in limit_req zone "${name}"`)
}
