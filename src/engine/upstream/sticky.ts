/**
 * sticky: a client goes on with the peer it had, whatever the method, as long as that one takes requests
 * (ngx_http_upstream_sticky_module.c of nginx 1.29.6). The peer is told by its SID: its `route`, or MD5 of its address.
 */
import type { Sticky } from '../../config/directives/sticky.ts'
import type { Exchange } from '../request/exchange.ts'
import { compileScript, type Script } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { Balancer, Choice } from './balancer.ts'
import type { Peer } from './peer.ts'

/** What makes the Set-Cookie of an exchange that got a peer. */
type MakeCookie = (x: Exchange, peer: Peer) => string

/** The balancer of an upstream with `sticky`. Throws a ScriptError. */
export function sticky(inner: Balancer, settings: Sticky, variables: VariableTable): Balancer {
  const names = settings.by === 'cookie' ? [`cookie_${settings.name}`] : settings.variables
  const ids = names.map((name) => compileScript(`\${${name}}`, variables))
  const cookie = settings.by === 'cookie' ? cookieOf(settings, variables) : undefined
  return {
    begin: (x) => new StickyChoice(inner.begin(x), x, firstOf(x, ids), cookie),
    ...(inner.reweigh && { reweigh: () => inner.reweigh?.() }),
  }
}

function firstOf(x: Exchange, ids: readonly Script[]): string | undefined {
  for (const id of ids) {
    const value = id(x)
    if (value !== '') return value
  }
  return undefined
}

class StickyChoice implements Choice {
  readonly #inner: Choice
  readonly #x: Exchange
  readonly #sid: string | undefined
  readonly #cookie: MakeCookie | undefined

  constructor(inner: Choice, x: Exchange, sid: string | undefined, cookie: MakeCookie | undefined) {
    this.#inner = inner
    this.#x = x
    this.#sid = sid
    this.#cookie = cookie
  }

  get tries(): number {
    return this.#inner.tries
  }

  next(now: number): Peer | undefined {
    const peer = this.#inner.next(now, this.#sid)
    if (peer && this.#cookie) this.#x.stickyCookie = this.#cookie(this.#x, peer)
    return peer
  }
}

function cookieOf(settings: Sticky & { by: 'cookie' }, variables: VariableTable): MakeCookie {
  const { name, expires, path, httponly, secure } = settings
  const domain = compileScript(settings.domain ?? '', variables)
  const samesite = compileScript(settings.samesite ?? '', variables)
  return (x, peer) => {
    const where = domain(x)
    const site = siteOf(samesite(x))
    let text = `${name}=${peer.sid}`
    if (expires !== undefined) text += expiry(expires, x.cycle.clock.now())
    if (where !== '') text += `; domain=${where}`
    if (httponly) text += '; httponly'
    if (secure) text += '; secure'
    if (site !== '') text += `; samesite=${site}`
    return path === undefined ? text : `${text}; path=${path}`
  }
}

// What a variable says and is none counts as the strictest.
function siteOf(value: string): string {
  return value === '' || /^(?:strict|lax|none)$/i.test(value) ? value : 'strict'
}

function expiry(expires: number | 'max', now: number): string {
  if (expires === 'max') return '; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000'
  return `; expires=${cookieTime(now + expires)}; max-age=${Math.floor(expires / 1000)}`
}

// `Thu, 31-Dec-37 23:55:55 GMT`; four digits for years that two would not tell (ngx_http_cookie_time).
function cookieTime(ms: number): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(ms).toUTCString().split(' ')
  return `${day} ${date}-${month}-${Number(year) > 2037 ? year : year.slice(2)} ${time} GMT`
}
