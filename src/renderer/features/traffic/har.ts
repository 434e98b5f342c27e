/** Exchanges as an HTTP Archive, version 1.2 (http://www.softwareishard.com/blog/har-12-spec/). */
import type { BodyContent } from '../../../status/exchange-body.ts'
import type { ExchangeDetail, FieldPair, ShownHead } from '../../../status/exchange-record.ts'
import { imageType, bytesOf, formatsOf, textOf } from './body-format.ts'
import { hidden, urlOf } from './copy-as.ts'
import type { SecretNames } from './field-difference.ts'

/** One exchange with what was recorded of it. */
export interface HarSource {
  readonly detail: ExchangeDetail
  readonly requestBody?: BodyContent | undefined
  readonly responseBody?: BodyContent | undefined
}

export interface HarOptions {
  readonly version: string
  /** Fields whose values are left out; empty: nothing is. */
  readonly secrets: SecretNames
}

interface NameValue {
  readonly name: string
  readonly value: string
}

export interface HarEntry {
  readonly startedDateTime: string
  readonly time: number
  readonly request: HarRequest
  readonly response: HarResponse
  readonly cache: Record<string, never>
  readonly timings: HarTimings
  readonly serverIPAddress?: string
  readonly connection?: string
  readonly comment?: string
}

interface HarMessage {
  readonly httpVersion: string
  readonly cookies: readonly NameValue[]
  readonly headers: readonly NameValue[]
  readonly headersSize: number
  readonly bodySize: number
}

interface HarRequest extends HarMessage {
  readonly method: string
  readonly url: string
  readonly queryString: readonly NameValue[]
  readonly postData?: {
    readonly mimeType: string
    readonly params: readonly NameValue[]
    readonly text: string
    readonly comment?: string
  }
}

interface HarResponse extends HarMessage {
  readonly status: number
  readonly statusText: string
  readonly content: {
    readonly size: number
    readonly mimeType: string
    readonly text?: string
    readonly encoding?: 'base64'
    readonly comment?: string
  }
  readonly redirectURL: string
}

interface HarTimings {
  readonly blocked: number
  readonly dns: number
  readonly connect: number
  readonly send: number
  readonly wait: number
  readonly receive: number
  readonly ssl: number
}

export interface Har {
  readonly log: {
    readonly version: '1.2'
    readonly creator: { readonly name: string; readonly version: string }
    readonly entries: readonly HarEntry[]
    readonly comment?: string
  }
}

export function harOf(sources: readonly HarSource[], options: HarOptions): Har {
  return {
    log: {
      version: '1.2',
      creator: { name: 'Sluicegate', version: options.version },
      entries: sources.map((source) => entryOf(source, options)),
      ...(options.secrets.size > 0 && {
        comment: `Values of ${[...options.secrets].join(', ')} are left out.`,
      }),
    },
  }
}

function entryOf(source: HarSource, { secrets }: HarOptions): HarEntry {
  const { detail } = source
  const { record } = detail
  const timings = timingsOf(detail)
  const address = /^\[?([\da-f.:]+?)\]?:\d+$/i.exec(record.peer ?? '')?.[1]
  return {
    startedDateTime: new Date(record.startedAt).toISOString(),
    time: sumOf(timings),
    request: requestOf(source, secrets),
    response: responseOf(source, secrets),
    cache: {},
    timings,
    ...(address !== undefined && { serverIPAddress: address }),
    ...(record.clientPort !== undefined && { connection: String(record.clientPort) }),
    ...commentOf(detail),
  }
}

function commentOf({ record }: ExchangeDetail): { comment?: string } {
  const told = [
    record.running && 'It had not ended when this was written.',
    record.route !== undefined && `location ${record.location ?? '-'} of ${record.server ?? '-'}`,
    record.cache !== undefined && `cache: ${record.cache}`,
    record.limit !== undefined && `limit: ${record.limit} ${record.limitZone ?? ''}`.trim(),
    record.error,
  ].filter((line) => typeof line === 'string')
  return told.length > 0 ? { comment: told.join('; ') } : {}
}

function requestOf({ detail, requestBody }: HarSource, secrets: SecretNames): HarRequest {
  const { record, request } = detail
  const postData = requestBody && requestBody.size > 0 ? postDataOf(requestBody) : undefined
  return {
    method: record.method || 'GET',
    url: urlOf(record, detail),
    httpVersion: record.protocol,
    cookies: cookiesOf(request.fields, 'cookie', secrets),
    headers: headersOf(request.fields, secrets),
    queryString: queryOf(record.target),
    headersSize: sizeOf(request),
    bodySize: Math.max(0, requestBody?.size ?? record.requestBytes - sizeOf(request)),
    ...(postData && { postData }),
  }
}

function postDataOf(body: BodyContent): NonNullable<HarRequest['postData']> {
  const bytes = bytesOf(body.base64)
  const binary = formatsOf(body.contentType, bytes)[0] === 'hex'
  const comment = [cutNote(body), binary && 'The text is base64: the body is no text.']
    .filter(Boolean)
    .join(' ')
  return {
    mimeType: body.contentType ?? '',
    params: [],
    text: binary ? body.base64 : textOf(bytes, body.contentType),
    ...(comment && { comment }),
  }
}

function responseOf({ detail, responseBody }: HarSource, secrets: SecretNames): HarResponse {
  const { record, response } = detail
  const fields = response?.fields ?? []
  const field = (wanted: string): string => fields.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? ''
  return {
    status: record.status,
    statusText:
      /^\S*\s?\d{3} (.*)$|^\d{3} (.*)$/
        .exec(response?.startLine ?? '')
        ?.slice(1)
        .find(Boolean) ?? '',
    httpVersion: record.protocol,
    cookies: cookiesOf(fields, 'set-cookie', secrets),
    headers: headersOf(fields, secrets),
    headersSize: response ? Math.max(0, record.bytesSent - record.bodyBytesSent) : -1,
    bodySize: record.bodyBytesSent,
    redirectURL: field('location'),
    content: contentOf(responseBody, field('content-type'), record.bodyBytesSent),
  }
}

function contentOf(body: BodyContent | undefined, type: string, sent: number): HarResponse['content'] {
  if (!body) return { size: sent, mimeType: type, ...(sent > 0 && { comment: 'The body was not recorded.' }) }
  const bytes = bytesOf(body.base64)
  const binary = imageType(type, bytes) !== undefined || formatsOf(type, bytes)[0] === 'hex'
  const comment = cutNote(body)
  return {
    size: body.decoded ? bytes.length : body.size,
    mimeType: type,
    text: binary ? body.base64 : textOf(bytes, type),
    ...(binary && { encoding: 'base64' as const }),
    ...(comment && { comment }),
  }
}

function cutNote({ kept, size, problem }: BodyContent): string {
  return [kept < size && `Cut: ${kept} of ${size} bytes were kept.`, problem].filter(Boolean).join(' ')
}

/** Milliseconds; −1: does not apply. Of several attempts the last one waits and receives, the others block. */
function timingsOf({ record, phases, attempts }: ExchangeDetail): HarTimings {
  const last = attempts.at(-1)
  const content = phases.find(({ name }) => name === 'upstream' || name === 'content')
  const before = attempts.slice(0, -1).reduce((sum, { responseMs }) => sum + responseMs, 0)
  const blocked = Math.max(0, (content?.startMs ?? 0) + before)
  const connect = last?.connectMs !== undefined && !last.reused ? last.connectMs : -1
  const left = Math.max(0, record.durationMs - blocked - Math.max(0, connect))
  const wait = Math.min(
    left,
    Math.max(
      0,
      (last ? (last.headerMs ?? last.responseMs) : (content?.durationMs ?? left)) - Math.max(0, connect),
    ),
  )
  return { blocked, dns: -1, connect, send: 0, wait, receive: Math.max(0, left - wait), ssl: -1 }
}

function sumOf({ blocked, connect, send, wait, receive }: HarTimings): number {
  return blocked + Math.max(0, connect) + send + wait + receive
}

function headersOf(fields: readonly FieldPair[], secrets: SecretNames): NameValue[] {
  return fields.map(([name, value]) => ({ name, value: secrets.has(name.toLowerCase()) ? hidden : value }))
}

function cookiesOf(fields: readonly FieldPair[], wanted: string, secrets: SecretNames): NameValue[] {
  if (secrets.has(wanted)) return []
  return fields
    .filter(([name]) => name.toLowerCase() === wanted)
    .flatMap(([, value]) => (wanted === 'cookie' ? value.split(';') : [value.split(';')[0] ?? '']))
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0
        ? { name: pair.trim(), value: '' }
        : { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim() }
    })
}

function queryOf(target: string): NameValue[] {
  const question = target.indexOf('?')
  if (question < 0) return []
  return [...new URLSearchParams(target.slice(question + 1))].map(([name, value]) => ({ name, value }))
}

function sizeOf({ startLine, fields }: ShownHead): number {
  return startLine.length + 4 + fields.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0)
}
