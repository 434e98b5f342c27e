/** What an active check expects of an answer, and in words what it got instead. */
import type { ActiveCheck } from '../../config/local.ts'

/** The statuses of a list such as `200`, `200-399`, `200 204 300-399`. */
export function statusFits(list: string, status: number): boolean {
  return list.split(/[\s,]+/).some((part) => {
    const [from = '', to = from] = part.split('-')
    return part !== '' && status >= Number(from) && status <= Number(to)
  })
}

/** A body as text fits: it holds the words, or the expression behind `~` or `~*` finds something. */
export function bodyFits(expected: string, body: string): boolean {
  const pattern = /^~(\*?)\s*(.*)$/s.exec(expected)
  return pattern ? new RegExp(pattern[2] ?? '', pattern[1] ? 'iu' : 'u').test(body) : body.includes(expected)
}

/** What is wrong with an answer; undefined: nothing. `body`: undefined where it was not looked at. */
export function unexpected(check: ActiveCheck, status: number, body: string | undefined): string | undefined {
  const asked = askedFor(check)
  if (!statusFits(check.status, status)) return `${asked} answered ${status}, expected ${check.status}`
  if (check.body === undefined || body === undefined || bodyFits(check.body, body)) return undefined
  const wanted = check.body.startsWith('~') ? `match ${check.body}` : `hold "${check.body}"`
  return `${asked} answered ${status}, but its body does not ${wanted}`
}

/** `GET /health`. */
export function askedFor({ method, path }: ActiveCheck): string {
  return `${method} ${path}`
}
