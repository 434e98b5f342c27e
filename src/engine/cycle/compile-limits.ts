/** `limit_req_zone` and `limit_conn_zone`: zones that outlive configurations, their keys compiled for this one. */
import type { Http } from '../../config/model.ts'
import { ConnectionCounts } from '../limits/connection-counts.ts'
import { ConnectionZone, RateZone, type LimitZone } from '../limits/limit-zone.ts'
import { RateStates } from '../limits/request-rates.ts'
import { compileScript } from '../request/script.ts'
import type { CompileContext } from './compile-context.ts'
import { ZoneError } from './zones.ts'

/** Declares all of them; `lenient`: a zone whose key has changed starts anew. */
export function declareLimits(http: Http, context: CompileContext, lenient: boolean): void {
  const { problems, variables, zones } = context
  http.limitReqZone?.forEach(({ key: source, zone: { name, size }, rate }, index) =>
    problems.try(['http', 'limitReqZone', String(index)], () => {
      const key = compileScript(source, variables)
      zones.get<RateZone>(
        'limit_req_zone',
        name,
        size,
        (old) =>
          new RateZone(
            {
              name,
              size,
              source,
              key,
              states: kept(old, source, 'limit_req', lenient) ?? new RateStates(name, size),
            },
            rate,
          ),
        () => false,
        (first) => `limit_req_zone "${name}" is already bound to key "${first.source}"`,
      )
    }),
  )
  http.limitConnZone?.forEach(({ key: source, zone: { name, size } }, index) =>
    problems.try(['http', 'limitConnZone', String(index)], () => {
      const key = compileScript(source, variables)
      zones.get<ConnectionZone>(
        'limit_conn_zone',
        name,
        size,
        (old) =>
          new ConnectionZone({
            name,
            size,
            source,
            key,
            states: kept(old, source, 'limit_conn_zone', lenient) ?? new ConnectionCounts(name, size),
          }),
        () => false,
        (first) => `limit_conn_zone "${name}" is already bound to key "${first.source}"`,
      )
    }),
  )
}

// nginx refuses a reload that changes the key of a zone; in a window one changes it and tries again.
function kept<S>(
  old: (LimitZone & { readonly states: S }) | undefined,
  source: string,
  word: string,
  lenient: boolean,
): S | undefined {
  if (!old || old.source === source) return old?.states
  if (lenient) return undefined
  throw new ZoneError(
    `${word} "${old.name}" uses the "${source}" key while previously it used the "${old.source}" key`,
  )
}
