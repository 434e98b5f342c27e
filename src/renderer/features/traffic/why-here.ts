/** The question that Explain asks about a request that was made: why did it go here? */
import type { ExchangeDetail, ExchangeRecord } from '../../../status/exchange-record.ts'
import { alwaysSecret, type SecretNames } from './field-difference.ts'

/** The query of the page Explain. Secrets stay here: an address travels. */
export function whyHere(
  record: ExchangeRecord,
  detail?: ExchangeDetail,
  secrets: SecretNames = alwaysSecret,
): Record<string, string | string[]> {
  const fields = detail?.request.fields ?? []
  const host = fields.find(([name]) => name.toLowerCase() === 'host')?.[1] || record.host
  const others = fields.filter(([name]) => name.toLowerCase() !== 'host' && !secrets.has(name.toLowerCase()))
  return {
    url: `${record.scheme}://${host}${record.target}`,
    method: record.method,
    ...(others.length > 0 && { field: others.map(([name, value]) => `${name}: ${value}`) }),
    ...(record.client !== '127.0.0.1' && { client: record.client }),
  }
}
