/** The only place where the head of a request to an upstream is made (ngx_http_proxy_create_request). */
import { escapeUri } from '../../http/escape.ts'
import type { CacheUse } from '../cache/use.ts'
import type { Exchange } from '../request/exchange.ts'
import { fieldName, fieldValue } from '../wire/fields.ts'
import type { ProxySettings, ProxyTarget } from './settings.ts'

/** What the upstream gets, and how its body goes. */
export interface UpstreamRequest {
  readonly method: string
  readonly uri: string
  /** Request line, fields and the blank line; latin1. */
  readonly head: string
  /** `proxy_set_body`, as bytes. */
  readonly body: string | undefined
  readonly chunked: boolean
}

/** nginx's URI rule: with a URI part the matched prefix is replaced, without one the raw target passes. */
export function upstreamUri(
  x: Exchange,
  settings: Pick<ProxySettings, 'variable' | 'locationLength'>,
  target: ProxyTarget,
): string {
  if (settings.variable && target.uri !== '') return target.uri
  if (target.uri === '' && x.validUnparsedUri) return x.unparsedUri
  const cut = x.validLocation && target.uri !== '' ? settings.locationLength : 0
  const rest = x.uri.slice(cut)
  const path = x.quotedUri || x.internal ? escapeUri(rest) : rest
  return (x.validLocation ? target.uri : '') + path + (x.args === '' ? '' : `?${x.args}`)
}

/** The length of the body that the upstream is told; -1: none. */
export function toldLength(x: Exchange, streaming: boolean): number {
  if (x.body.chunked) return streaming ? -1 : x.body.size
  return x.hasLength ? x.body.length : -1
}

/**
 * Makes the head. `bodyLength` -1: none is told; `chunked`: the body is streamed without a length; `use`: the
 * answer goes through a cache, which wants it whole and unconditional.
 */
export function upstreamRequest(
  x: Exchange,
  settings: ProxySettings,
  target: ProxyTarget,
  bodyLength: number,
  chunked: boolean,
  use: CacheUse | undefined,
): UpstreamRequest {
  const asGet = use?.settings.convertHead === true && x.method === 'HEAD'
  const method = asGet ? 'GET' : settings.method?.(x) || x.method
  const { fields, overridden } = use?.cacheable === true ? use.settings : settings
  const uri = upstreamUri(x, settings, target)
  const body = settings.setBody?.(x)
  const length = body === undefined ? bodyLength : body.length
  x.sentChunked = chunked && body === undefined
  x.sentLength = x.sentChunked ? -1 : length
  let head = `${method} ${uri} ${settings.http11 ? 'HTTP/1.1' : 'HTTP/1.0'}\r\n`
  for (const field of fields) {
    const value = field.value(x)
    if (value !== '') head += `${field.name}: ${value}\r\n`
  }
  if (settings.passFields) head += passedFields(x, overridden)
  return { method, uri, head: `${head}\r\n`, body, chunked: chunked && body === undefined }
}

// Runs of fields that stand next to each other are passed as one slice of the head they came in.
function passedFields(x: Exchange, overridden: ReadonlySet<string>): string {
  const { fields } = x.head
  const { names, at, text } = fields
  let passed = ''
  if (!fields.canonical) {
    for (let i = 0; i < names.length; i++)
      if (!overridden.has(names[i] ?? '')) passed += `${fieldName(fields, i)}: ${fieldValue(fields, i)}\r\n`
    return passed
  }
  let from = -1
  for (let i = 0; i < names.length; i++) {
    const skip = overridden.has(names[i] ?? '')
    if (!skip && from < 0) from = at[4 * i] ?? 0
    if (skip && from >= 0) {
      passed += text.slice(from, at[4 * i])
      from = -1
    }
  }
  return from < 0 ? passed : passed + text.slice(from, at[4 * names.length - 1])
}
