/**
 * From the fields of an HTTP/2 request to the head that all protocols have in common, with nginx's rules for
 * names, values and pseudo-fields (ngx_http_v2_validate_header, ngx_http_v2_pseudo_header).
 */
import { randomBytes } from 'node:crypto'
import { normaliseTarget } from '../../http/uri.ts'
import { validHost } from '../wire/host.ts'
import type { HeadLimits, RequestHead } from '../wire/request-head.ts'
import type { FieldLines } from '../wire/fields.ts'

/** What a header block turned out to be. */
export type ReadRequest =
  | {
      readonly kind: 'head'
      readonly head: RequestHead
      /** An extended CONNECT that has become an upgrade. */
      readonly webSocket: boolean
      /** Names of fields that were left out. */
      readonly dropped: readonly string[]
    }
  /** Answered with 400. */
  | { readonly kind: 'bad'; readonly reason: string; readonly head: RequestHead }
  /** So broken that the stream is reset. */
  | { readonly kind: 'malformed'; readonly reason: string }

const nameOk = 0
const nameUnderscore = 1
const nameInvalid = 2
const nameMalformed = 3

// What each byte makes of a name.
const nameBytes = new Uint8Array(256).fill(nameInvalid)
for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789-') nameBytes[c.charCodeAt(0)] = nameOk
for (let c = 0; c <= 0x20; c++) nameBytes[c] = nameMalformed
for (const c of ':ABCDEFGHIJKLMNOPQRSTUVWXYZ\x7f') nameBytes[c.charCodeAt(0)] = nameMalformed
nameBytes[0x5f] = nameUnderscore

/** What was found of names that were seen before; bounded, a client that invents names pays for its own. */
const seenNames = new Map<string, number>()
const mostSeenNames = 1000

function judgeName(name: string): number {
  let judged = nameOk
  for (let i = 0; i < name.length; i++) {
    const c = nameBytes[name.charCodeAt(i)] ?? 0
    if (c > judged) judged = c
  }
  if (seenNames.size < mostSeenNames) seenNames.set(name, judged)
  return judged
}

/** Gathers the fields of one block. */
export class RequestFields {
  method: string | undefined
  scheme: string | undefined
  path: string | undefined
  protocol: string | undefined
  authority: string | undefined
  /** What is wrong, once something is: nothing after it is looked at. */
  malformed: string | undefined
  bad: string | undefined
  readonly #names: string[] = []
  readonly #at: number[] = []
  #text = ''
  #cookies: string | undefined
  /** Names that only some servers take, by their place. */
  #doubtful: { index: number; underscoreOnly: boolean }[] | undefined

  add(name: string, value: string): void {
    if (this.malformed !== undefined || this.bad !== undefined) return
    if (name.charCodeAt(0) === 0x3a) {
      this.#pseudo(name, value)
      return
    }
    const judged = seenNames.get(name) ?? judgeName(name)
    if (judged === nameMalformed) {
      this.#refuse(`client sent invalid header name: "${name}"`)
      return
    }
    if (!this.#checkValue(name, value)) return
    if (name === 'cookie') {
      this.#cookies = this.#cookies === undefined ? value : `${this.#cookies}; ${value}`
      return
    }
    if (judged !== nameOk)
      (this.#doubtful ??= []).push({
        index: this.#names.length,
        underscoreOnly: judged === nameUnderscore,
      })
    this.#line(name, value)
  }

  #line(name: string, value: string): void {
    const start = this.#text.length
    const valueStart = start + name.length + 2
    const valueEnd = valueStart + value.length
    this.#names.push(name)
    this.#at.push(start, valueStart, valueEnd, valueEnd + 2)
    this.#text += `${name}: ${value}\r\n`
  }

  #checkValue(name: string, value: string): boolean {
    if (!/[\0\r\n]/.test(value)) return true
    this.#refuse(`client sent header "${name}" with invalid value: "${value}"`)
    return false
  }

  // nginx has looked at path and name of the server as they came: what was wrong with them comes first.
  #refuse(reason: string): void {
    const { path, authority } = this
    if (path !== undefined && 'bad' in normaliseTarget(path, { mergeSlashes: true }))
      this.bad = 'client sent invalid request'
    else if (authority !== undefined && validHost(authority) === undefined)
      this.bad = 'client sent invalid host header'
    else this.malformed = reason
  }

  #pseudo(name: string, value: string): void {
    if (/[^a-z0-9_-]/.test(name.slice(1))) {
      // A byte that no name may have breaks a pseudo-field's as well.
      for (let i = 1; i < name.length; i++)
        if (nameBytes[name.charCodeAt(i)] === nameMalformed) {
          this.#refuse(`client sent invalid header name: "${name}"`)
          return
        }
    }
    if (!this.#checkValue(name, value)) return
    switch (name) {
      case ':method':
        this.bad = this.#once(name, this.method, value) ?? badMethod(value)
        this.method = value
        return
      case ':scheme':
        this.bad = this.#once(name, this.scheme, value) ?? badScheme(value)
        this.scheme = value
        return
      case ':path':
        this.bad = this.#once(name, this.path, value) ?? badPath(value)
        this.path = value
        return
      case ':authority':
        this.authority = value
        this.#line('host', value)
        return
      case ':protocol':
        this.bad = this.#once(name, this.protocol, value)
        this.protocol = value
        return
      default:
        this.bad = `client sent unknown pseudo-header "${name}"`
    }
  }

  #once(name: string, before: string | undefined, value: string): string | undefined {
    if (before !== undefined) return `client sent duplicate ${name} header`
    return value === '' ? `client sent empty ${name} header` : undefined
  }

  /** The block is whole. `limits`: those of the server that is asked; `bytes`: of the block. */
  read(limits: HeadLimits, bytes: number): ReadRequest {
    if (this.malformed !== undefined) return { kind: 'malformed', reason: this.malformed }
    const dropped = this.#dropDoubtful(limits)
    if (this.#cookies !== undefined) this.#line('cookie', this.#cookies)
    const webSocket = this.bad === undefined && this.#becomesUpgrade()
    const missing = this.bad ?? this.#missing(webSocket)
    const head = this.#head(bytes, missing === undefined)
    return missing === undefined
      ? { kind: 'head', head, webSocket, dropped }
      : { kind: 'bad', reason: missing, head }
  }

  #missing(webSocket: boolean): string | undefined {
    if (this.protocol !== undefined && !webSocket) return 'client sent unknown pseudo-header ":protocol"'
    if (this.method === undefined) return 'client sent no :method header'
    if (this.scheme === undefined) return 'client sent no :scheme header'
    return this.path === undefined ? 'client sent no :path header' : undefined
  }

  /**
   * Unlike nginx, WebSocket comes over HTTP/2 (RFC 8441): an extended CONNECT becomes the upgrade that
   * HTTP/1.1 upstreams know.
   */
  #becomesUpgrade(): boolean {
    if (this.method !== 'CONNECT' || this.protocol !== 'websocket') return false
    this.method = 'GET'
    this.#line('upgrade', 'websocket')
    this.#line('connection', 'Upgrade')
    if (!this.#names.includes('sec-websocket-key'))
      this.#line('sec-websocket-key', randomBytes(16).toString('base64'))
    return true
  }

  /** Takes out the names that this server does not take; what was taken out, for the log. */
  #dropDoubtful({ ignoreInvalid, underscores }: HeadLimits): string[] {
    const dropped: string[] = []
    if (!ignoreInvalid) return dropped
    let text = ''
    const doubtful = this.#doubtful?.filter(({ underscoreOnly }) => !(underscoreOnly && underscores)) ?? []
    if (doubtful.length === 0) return dropped
    const out = new Set(doubtful.map(({ index }) => index))
    const names = this.#names.splice(0)
    const at = this.#at.splice(0)
    text = this.#text
    this.#text = ''
    names.forEach((name, i) => {
      if (out.has(i)) dropped.push(name)
      else this.#line(name, text.slice(at[4 * i + 1], at[4 * i + 2]))
    })
    return dropped
  }

  #head(bytes: number, whole: boolean): RequestHead {
    const { method = '', path = '' } = this
    const fields: FieldLines = {
      text: this.#text,
      names: this.#names,
      at: this.#at,
      canonical: true,
    }
    return {
      method,
      target: path === '' ? '/' : path,
      version: 11,
      protocol: 'HTTP/2.0',
      requestLine: whole ? `${method} ${path} HTTP/2.0` : '',
      fields,
      bytes,
    }
  }
}

function badMethod(method: string): string | undefined {
  return /^[A-Z_-]+$/.test(method) ? undefined : `client sent invalid method: "${method}"`
}

function badScheme(scheme: string): string | undefined {
  return /^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme)
    ? undefined
    : `client sent invalid :scheme header: "${scheme}"`
}

// ngx_http_parse_uri: it begins with a slash and holds no space or control byte.
function badPath(path: string): string | undefined {
  return /^\/[^\0- \x7f]*$/.test(path) ? undefined : `client sent invalid :path header: "${path}"`
}
