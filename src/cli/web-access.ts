/**
 * Who may come in: whoever shows the token, which only this user's terminal and state folder know. Pages of other
 * origins, names that were made to point here (DNS rebinding) and other users of the machine stay outside.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What becomes of a request. `enter`: the token is in the address, and becomes a cookie. */
export type Access = 'welcome' | 'enter' | 'no-token' | 'foreign-host' | 'foreign-origin'

export class WebAccess {
  readonly #token: string
  readonly #port: number

  constructor(token: string, port: number) {
    this.#token = token
    this.#port = port
  }

  /** The address to open. */
  get address(): string {
    return `http://127.0.0.1:${this.#port}/?token=${this.#token}`
  }

  /** Cookies do not keep ports apart, names do. */
  get cookie(): string {
    return `${this.#cookieName}=${this.#token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000`
  }

  judge(request: IncomingMessage): Access {
    const { host, origin, authorization, cookie } = request.headers
    if (host === undefined || !this.#isOurs(`http://${host}`)) return 'foreign-host'
    if (origin !== undefined && (origin !== `http://${host}` || !this.#isOurs(origin)))
      return 'foreign-origin'
    if (this.#isToken(authorization?.replace(/^Bearer /, ''))) return 'welcome'
    if (this.#isToken(new URL(request.url ?? '/', 'http://here').searchParams.get('token'))) return 'enter'
    return this.#isToken(cookieNamed(this.#cookieName, cookie)) ? 'welcome' : 'no-token'
  }

  get #cookieName(): string {
    return `sluicegate-${this.#port}`
  }

  #isOurs(origin: string): boolean {
    return ['127.0.0.1', 'localhost', '[::1]'].some((name) => origin === `http://${name}:${this.#port}`)
  }

  #isToken(text: string | null | undefined): boolean {
    // Hashes have one length, so nothing can be learned from the time this takes.
    return typeof text === 'string' && timingSafeEqual(sha256(text), sha256(this.#token))
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function cookieNamed(name: string, header: string | undefined): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key = '', value] = pair.trim().split(/=(.*)/s)
    if (key === name) return value
  }
  return undefined
}
