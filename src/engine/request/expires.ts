/** `expires`: https://nginx.org/en/docs/http/ngx_http_headers_module.html#expires */
import { formatHttpDate } from '../../http/dates.ts'
import { parseExpires, type Expires } from '../../config/expires.ts'
import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { compileScript } from './script.ts'
import type { VariableTable } from './variable-table.ts'

/** Makes what sets Expires and Cache-Control, or nothing for `off`. */
export function compileExpires(
  args: readonly string[],
  variables: VariableTable,
): ((x: Exchange, answer: Answer) => void) | undefined {
  const modified = args.length === 2
  const script = compileScript(args.at(-1) ?? '', variables)
  if (script.constant === undefined)
    return (x, answer) => {
      const expires = parseExpires(script(x), modified)
      // nginx asks the configured time for its sign, which a variable does not have.
      if (typeof expires === 'object') set(x, answer, expires, false)
    }
  const expires = parseExpires(script.constant, modified)
  if (typeof expires === 'string' || expires.kind === 'off') return undefined
  return (x, answer) => set(x, answer, expires, 'seconds' in expires && expires.seconds < 0)
}

function set(x: Exchange, answer: Answer, expires: Expires, negative: boolean): void {
  const now = Math.floor(x.cycle.clock.now() / 1000)
  switch (expires.kind) {
    case 'off':
      return
    case 'epoch':
      put(answer, 'Thu, 01 Jan 1970 00:00:01 GMT', 'no-cache')
      return
    case 'max':
      // Ten years.
      put(answer, 'Thu, 31 Dec 2037 23:55:55 GMT', 'max-age=315360000')
      return
    default: {
      const at = expiryOf(expires, now, answer)
      const age = at - now
      const none = negative || age < 0
      put(answer, formatHttpDate(at * 1000), none ? 'no-cache' : `max-age=${age}`)
    }
  }
}

function expiryOf(expires: Extract<Expires, { seconds: number }>, now: number, answer: Answer): number {
  const { kind, seconds } = expires
  if (kind === 'daily') return nextTime(seconds, now)
  if (seconds === 0 || kind === 'access' || answer.modifiedAt === undefined) return now + seconds
  return Math.floor(answer.modifiedAt / 1000) + seconds
}

// The next time the clock on the wall shows these seconds of the day (ngx_next_time).
function nextTime(secondsOfDay: number, now: number): number {
  const next = new Date(now * 1000)
  next.setHours(0, 0, secondsOfDay, 0)
  if (next.getTime() <= now * 1000) next.setDate(next.getDate() + 1)
  return Math.floor(next.getTime() / 1000)
}

function put(answer: Answer, expires: string, cacheControl: string): void {
  answer.replace('Expires', expires)
  answer.replace('Cache-Control', cacheControl)
}
