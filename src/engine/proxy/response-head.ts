/** From the head of an upstream's answer to the head of ours (ngx_http_upstream_process_headers). */
import { Answer } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { fieldName, fieldValue } from '../wire/fields.ts'
import type { ResponseFraming } from '../wire/response-framing.ts'
import type { ResponseHead } from '../wire/response-head.ts'
import type { ProxySettings } from './settings.ts'

const pass = 0
const skip = 1
const contentType = 2
const redirect = 4
const refresh = 5
const cookie = 6
const etag = 7
const acceptRanges = 8
const accel = 9
/** Added to a role: the field is not passed (proxy_hide_header). */
const hiddenRole = 16

/** Fields that are not simply passed (ngx_http_upstream_headers_in). */
const roles = new Map<string, number>([
  ['connection', skip],
  ['keep-alive', skip],
  ['transfer-encoding', skip],
  ['content-length', skip],
  ['content-type', contentType],
  ['location', redirect],
  ['refresh', refresh],
  ['set-cookie', cookie],
  ['etag', etag],
  ['accept-ranges', acceptRanges],
  ['x-accel-redirect', accel],
  ['x-accel-buffering', accel],
  ['x-accel-limit-rate', accel],
])

const rolesBySettings = new WeakMap<ProxySettings, Map<string, number>>()

/** The roles of fields in one location, those that are hidden there included. */
function rolesIn(settings: ProxySettings): Map<string, number> {
  let found = rolesBySettings.get(settings)
  if (!found) {
    found = new Map(roles)
    for (const name of settings.hidden) found.set(name, (found.get(name) ?? pass) + hiddenRole)
    rolesBySettings.set(settings, found)
  }
  return found
}

/** What steers us in an answer: `X-Accel-*`, unless ignored. */
export interface Steering {
  redirect: string | undefined
  buffering: boolean | undefined
}

/** What a cache has to do with an answer: nothing, it may be stored, it was stored. */
export type CacheState = 'none' | 'storing' | 'cached'

/** Makes our answer. `102`/`103` and the like never come here. */
export function answerOf(
  x: Exchange,
  settings: ProxySettings,
  head: ResponseHead,
  framing: Pick<ResponseFraming, 'contentLength'>,
  cache: CacheState = 'none',
): { answer: Answer; steering: Steering } {
  const answer = new Answer(head.status)
  answer.reason = head.statusLine
  answer.contentLength = framing.contentLength ?? -1
  answer.disableNotModified = cache === 'none'
  answer.allowRanges = settings.forceRanges
  answer.singleRange = cache !== 'cached'
  answer.seekable = cache === 'cached'
  const steering: Steering = { redirect: undefined, buffering: undefined }
  const { fields } = head
  const { names, at, text } = fields
  const { hidden } = settings
  const rolesHere = rolesIn(settings)
  // nginx sets it when the peer is chosen, so that it stands in front of what the upstream sent. Unlike nginx, not in
  // front of what is stored: that is made once and sent to many.
  let lines = x.stickyCookie === undefined || cache === 'cached' ? '' : `Set-Cookie: ${x.stickyCookie}\r\n`
  let from = -1
  for (let i = 0; i < names.length; i++) {
    const all = rolesHere.get(names[i] ?? '') ?? pass
    const hide = all >= hiddenRole
    let role = hide ? all - hiddenRole : all
    if (role === accel) {
      steer(x, settings, steering, names[i] ?? '', fieldValue(fields, i))
      role = pass
    }
    if (role === pass && !hide) {
      if (fields.canonical) {
        if (from < 0) from = at[4 * i] ?? 0
      } else lines += `${fieldName(fields, i)}: ${fieldValue(fields, i)}\r\n`
      continue
    }
    if (from >= 0) {
      lines += text.slice(from, at[4 * i])
      from = -1
    }
    if (!hide || role === contentType)
      lines += special(x, settings, answer, role, fieldName(fields, i), fieldValue(fields, i), hide, cache)
  }
  if (from >= 0) lines += text.slice(from, at[4 * names.length - 1])
  answer.lines = lines
  if (!hidden.has('server')) answer.server = ''
  if (!hidden.has('date')) answer.date = ''
  return { answer, steering }
}

/** Whether `answerOf` makes the same of this head for every exchange of a location, and nothing else happens. */
export function isSameForAll(settings: ProxySettings, { fields }: ResponseHead): boolean {
  return fields.names.every((name) => {
    const role = roles.get(name) ?? pass
    return role === cookie
      ? settings.cookies.length === 0
      : role !== redirect && role !== refresh && role !== accel
  })
}

const kept = new Set(['set-cookie', 'content-disposition', 'cache-control', 'expires', 'accept-ranges'])

/** What stays of an answer whose X-Accel-Redirect is followed. */
export function carriedBy(x: Exchange, settings: ProxySettings, { fields, status }: ResponseHead): Answer {
  const carried = new Answer(status)
  fields.names.forEach((name, i) => {
    if (name === 'content-type') carried.contentType = fieldValue(fields, i)
    if (!kept.has(name)) return
    const role = roles.get(name) ?? pass
    const value = fieldValue(fields, i)
    carried.lines +=
      role === pass
        ? `${fieldName(fields, i)}: ${value}\r\n`
        : special(x, settings, carried, role, fieldName(fields, i), value, false, 'none')
  })
  return carried
}

// One field that needs a look; what is to be added to the lines.
function special(
  x: Exchange,
  settings: ProxySettings,
  answer: Answer,
  role: number,
  name: string,
  value: string,
  hide: boolean,
  cache: CacheState,
): string {
  switch (role) {
    case contentType:
      if (!hide) answer.contentType = value
      return ''
    case redirect: {
      const rewritten = rewriteRedirect(x, settings, value, 0)
      if (rewritten?.startsWith('/') && x.settings.absoluteRedirect) {
        answer.location = rewritten
        return ''
      }
      const location = rewritten ?? value
      return `${name}: ${x.cycle.localRedirect?.(location) ?? location}\r\n`
    }
    case refresh: {
      const url = value.toLowerCase().indexOf('url=')
      const rewritten = url < 0 ? undefined : rewriteRedirect(x, settings, value, url + 4)
      return `${name}: ${rewritten ?? value}\r\n`
    }
    case cookie: {
      let text = value
      for (const rewrite of settings.cookies) text = rewrite(x, text) ?? text
      return `${name}: ${text}\r\n`
    }
    case etag:
      answer.etag = value
      return `${name}: ${value}\r\n`
    case acceptRanges:
      // What is stored, or may be, is cut here, and the range filter says so itself.
      if (cache !== 'none') answer.allowRanges = true
      return settings.forceRanges || cache !== 'none' ? '' : `${name}: ${value}\r\n`
    default:
      return ''
  }
}

function rewriteRedirect(
  x: Exchange,
  settings: ProxySettings,
  value: string,
  offset: number,
): string | undefined {
  for (const rewrite of settings.redirects) {
    const rewritten = rewrite(x, value, offset)
    if (rewritten !== undefined) return rewritten
  }
  return undefined
}

function steer(x: Exchange, settings: ProxySettings, steering: Steering, name: string, value: string): void {
  if (settings.ignored.has(name)) return
  if (name === 'x-accel-redirect') steering.redirect ??= value
  else if (name === 'x-accel-buffering') {
    const word = value.toLowerCase()
    if (word === 'no' || word === 'yes') steering.buffering = word === 'yes'
  } else if (name === 'x-accel-limit-rate' && /^\d+$/.test(value)) x.limitRate = Number(value)
}
