/** A request as text somebody edits, and back. */
import type { WrittenRequest } from '../../../contract/traffic.ts'
import { hopByHopFields, isFieldValue, isToken } from '../../../http/fields.ts'
import type { ExchangeDetail } from '../../../status/exchange-record.ts'
import { base64Of } from './body-format.ts'
import { hidden, urlOf } from './copy-as.ts'
import type { SecretNames } from './field-difference.ts'

/** What the form holds: one text each. */
export interface RequestForm {
  readonly method: string
  readonly url: string
  /** `Name: value`, a line each. */
  readonly fields: string
  /** `undefined`: the body stays as it was. */
  readonly body: string | undefined
}

/** Fields the connection of the new request says for itself. */
function isOwn(name: string): boolean {
  const lower = name.toLowerCase()
  return hopByHopFields.has(lower) || ['host', 'content-length', 'expect'].includes(lower)
}

/**
 * The form for an exchange; `body`: its text, where it is text and all of it was kept. Values of secret fields stand as
 * `…`, and are sent as they were where that is left.
 */
export function formOf(
  detail: ExchangeDetail,
  body: string | undefined,
  secrets: SecretNames = new Set(),
): RequestForm {
  return {
    method: detail.record.method,
    url: urlOf(detail.record, detail),
    fields: detail.request.fields
      .filter(([name]) => !isOwn(name))
      .map(([name, value]) => `${name}: ${secrets.has(name.toLowerCase()) ? hidden : value}`)
      .join('\n'),
    body,
  }
}

/** What is to be sent, or what is wrong, in a sentence. `from`: where the hidden values are. */
export function writtenRequest(
  { method, url, fields, body }: RequestForm,
  from: ExchangeDetail,
): WrittenRequest | string {
  const left = [...from.request.fields]
  if (!isToken(method)) return `"${method}" is no method: letters, digits and -`
  const parts = /^(https?):\/\/([^\s/?#]+)([^\s#]*)$/i.exec(url.trim())
  if (!parts) return 'The URL begins with http:// or https:// and has no spaces; write a space as %20.'
  const [, scheme = '', authority = '', rest = ''] = parts
  const pairs: [string, string][] = []
  for (const [index, line] of fields.split('\n').entries()) {
    if (line.trim() === '') continue
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim()
    if (colon < 0 || !isToken(name)) return `Line ${index + 1} of the fields is not "Name: value".`
    const written = line.slice(colon + 1).trim()
    const same = left.findIndex(([other]) => other.toLowerCase() === name.toLowerCase())
    const [before] = same < 0 ? [] : left.splice(same, 1)
    const value = written === hidden && before ? before[1] : written
    if (!isFieldValue(value)) return `The value of ${name} has a character that no field may have.`
    pairs.push([name, value])
  }
  return {
    method,
    scheme: scheme.toLowerCase() as 'http' | 'https',
    authority,
    target: rest.startsWith('/') ? rest : `/${rest}`,
    fields: pairs,
    ...(body !== undefined && { body: base64Of(body) }),
  }
}
