/** ngx_http_limit_conn_module: https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html */
import type { CompileContext } from '../cycle/compile-context.ts'
import type { LocationFields } from '../cycle/settings.ts'
import type { ConnectionCount } from '../limits/connection-counts.ts'
import { keyText } from '../limits/key-text.ts'
import { useZone, type ConnectionZone } from '../limits/limit-zone.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import { explained, type Trial } from '../request/trial.ts'
import type { Module } from './module.ts'

interface Limit {
  readonly zone: ConnectionZone
  readonly connections: number
}

interface Settings {
  readonly limits: readonly Limit[]
  readonly status: number
  readonly dryRun: boolean
  readonly level: NonNullable<LocationFields['limitConnLogLevel']>
}

/** `limit_conn`: so many requests of a key may be in flight. */
export const limitConn: Module = {
  name: 'limit-conn',
  handler({ fields, route }, context, path) {
    const lines = fields.limitConn
    if (!lines) return undefined
    const settings: Settings = {
      limits: context.once(lines, () => limitsOf(lines, context, path)),
      status: fields.limitConnStatus ?? 503,
      dryRun: fields.limitConnDryRun ?? false,
      level: fields.limitConnLogLevel ?? 'error',
    }
    const { status, dryRun } = settings
    for (const { zone, connections } of settings.limits) useZone(zone, { route, connections, status, dryRun })
    return [
      explained(
        (x) => handle(x, settings),
        (x, trial) => explain(x, trial, settings),
      ),
    ]
  },
}

function limitsOf(
  lines: NonNullable<LocationFields['limitConn']>,
  { zones, problems }: CompileContext,
  path: readonly string[],
): Limit[] {
  return lines.flatMap((line, index) => {
    const at = [...path, 'limitConn', String(index)]
    const zone = problems.try(at, () => zones.use<ConnectionZone>('limit_conn_zone', line.zone))
    if (lines.findIndex((other) => other.zone === line.zone) < index)
      problems.error(at, '"limit_conn" directive is duplicate', 'keep one limit a zone')
    return zone ? [{ zone, connections: line.connections }] : []
  })
}

interface Entered {
  readonly zone: ConnectionZone
  readonly count: ConnectionCount
}

function handle(x: Exchange, settings: Settings): Verdict {
  const main = x.parent ?? x
  // Counted once for a request, wherever it is redirected to.
  if (main.limitConnStatus !== undefined) return 'declined'
  const entered: Entered[] = []
  for (const limit of settings.limits) {
    const { zone } = limit
    const key = zone.key(x)
    if (key === '') continue
    if (key.length > 255) {
      logError(x, 'error', `the value of the "${zone.source}" key is more than 255 bytes: "${key}"`)
      continue
    }
    main.limitConnStatus = 'PASSED'
    const count = zone.states.enter(key, limit.connections)
    if (typeof count === 'string') {
      for (const one of entered) one.zone.states.leave(one.count)
      return refuse(x, settings, zone, key, count)
    }
    entered.push({ zone, count })
  }
  for (const { zone, count } of entered) {
    zone.states.counts.add('passed', x.cycle.clock.monotonic())
    main.onFinish(() => zone.states.leave(count))
  }
  return 'declined'
}

// What `handle` would find, without counting anything.
function explain(x: Exchange, trial: Trial, settings: Settings): Verdict {
  if (x.limitConnStatus !== undefined) return 'declined'
  for (const { zone, connections } of settings.limits) {
    const key = zone.key(x)
    const load = key === '' ? 0 : zone.states.peek(key) + 1
    const refused = load > connections
    trial.tell({
      step: 'limit',
      kind: 'connections',
      zone: zone.name,
      key: keyText(zone.source, key),
      load,
      most: connections,
      verdict: key === '' ? 'not-counted' : refused ? 'refused' : 'passes',
      waitMs: 0,
      dryRun: settings.dryRun,
    })
    if (key !== '') x.limitConnStatus = 'PASSED'
    if (!refused) continue
    x.limitConnStatus = settings.dryRun ? 'REJECTED_DRY_RUN' : 'REJECTED'
    return settings.dryRun ? 'declined' : settings.status
  }
  return 'declined'
}

function refuse(
  x: Exchange,
  settings: Settings,
  zone: ConnectionZone,
  key: string,
  why: 'over' | 'full',
): Verdict {
  const { cycle } = x
  if (why === 'over')
    logError(
      x,
      settings.level,
      `limiting connections${settings.dryRun ? ', dry run,' : ''} by zone "${zone.name}"`,
    )
  else
    cycle.log(
      cycle.mainErrorLogs,
      'crit',
      `ngx_slab_alloc() failed: no memory in limit_conn_zone "${zone.name}"`,
    )
  const main = x.parent ?? x
  const verdict = settings.dryRun ? 'REJECTED_DRY_RUN' : 'REJECTED'
  main.limitConnStatus = verdict
  main.limited = { verdict, zone: zone.name, key: keyText(zone.source, key) }
  zone.states.counts.add(settings.dryRun ? 'dryRun' : 'rejected', cycle.clock.monotonic())
  return settings.dryRun ? 'declined' : settings.status
}
