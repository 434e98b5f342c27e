/** An exchange as something one can use elsewhere. What is copied travels, so secrets are left out unless asked for. */
import { hopByHopFields } from '../../../http/fields.ts'
import type { ExchangeDetail, ExchangeRecord, FieldPair } from '../../../status/exchange-record.ts'
import type { SecretNames } from './field-difference.ts'

export interface CopyOptions {
  /** Fields whose values are left out. */
  readonly secrets: SecretNames
  /** The client's body, where it is kept. */
  readonly body?: string | undefined
}

/** What stands for a secret. */
export const hidden = '…'

/** The URL one would open, with the port of this machine. */
export function urlOf(record: ExchangeRecord, detail?: ExchangeDetail): string {
  const authority = detail?.request.fields.find(([name]) => name.toLowerCase() === 'host')?.[1]
  return `${record.scheme}://${authority ?? hostAndPort(record)}${record.target}`
}

function hostAndPort({ host, port, scheme }: ExchangeRecord): string {
  return port === undefined || port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`
}

/** Fields a client sets by itself, or that belong to one connection. */
function isOwn(name: string): boolean {
  const lower = name.toLowerCase()
  return hopByHopFields.has(lower) || ['host', 'content-length', 'accept-encoding'].includes(lower)
}

function fieldsOf(detail: ExchangeDetail, { secrets }: CopyOptions): FieldPair[] {
  return detail.request.fields
    .filter(([name]) => !isOwn(name))
    .map(([name, value]) => [name, secrets.has(name.toLowerCase()) ? hidden : value])
}

/** A curl command for a POSIX shell. */
export function asCurl(detail: ExchangeDetail, options: CopyOptions): string {
  const { record } = detail
  const method = record.method === 'GET' && options.body === undefined ? [] : ['-X', record.method]
  const fields = fieldsOf(detail, options).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const body = options.body === undefined ? [] : ['--data-raw', options.body]
  return ['curl', ...method, urlOf(record, detail), ...fields, ...body].map(shellWord).join(' ')
}

/** A call of `fetch` for a browser or Node. */
export function asFetch(detail: ExchangeDetail, options: CopyOptions): string {
  const { record } = detail
  const fields = Object.fromEntries(fieldsOf(detail, options))
  const init = {
    method: record.method,
    ...(Object.keys(fields).length > 0 && { headers: fields }),
    ...(options.body !== undefined && { body: options.body }),
  }
  return `await fetch(${JSON.stringify(urlOf(record, detail))}, ${JSON.stringify(init, null, 2)})`
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
