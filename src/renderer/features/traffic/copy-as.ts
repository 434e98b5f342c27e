/** An exchange as something one can use elsewhere. Secrets are left out: what is copied travels. */
import type { ExchangeDetail, ExchangeRecord } from '../../../status/exchange-record.ts'
import { isSecret } from './field-difference.ts'

export function urlOf(record: ExchangeRecord): string {
  return `${record.scheme}://${record.host}${record.target}`
}

/** Fields curl sets by itself, or that belong to one connection. */
const ownFields: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
])

/** A curl command for a POSIX shell. */
export function asCurl({ record, request }: ExchangeDetail): string {
  const method = record.method === 'GET' ? [] : ['-X', record.method]
  const fields = request.fields
    .filter(([name]) => !ownFields.has(name.toLowerCase()))
    .flatMap(([name, value]) => ['-H', `${name}: ${isSecret(name) ? '…' : value}`])
  return ['curl', ...method, urlOf(record), ...fields].map(shellWord).join(' ')
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
