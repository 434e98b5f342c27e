/** The question in the page's address, so that it can be sent to somebody. */
import type { FieldPair } from '../../../status/exchange-record.ts'
import type { RequestQuestion } from '../../../status/explanation.ts'

type Query = Readonly<Record<string, string | null | undefined | readonly (string | null)[]>>

/** What an address asks; undefined without a URL. */
export function questionOf(query: Query): RequestQuestion | undefined {
  const url = one(query['url'])
  if (!url) return undefined
  const client = one(query['client'])
  return { url, method: one(query['method']) ?? 'GET', fields: all(query['field']).map(fieldOf), client }
}

/** The address of a question. */
export function queryOf({ url, method, fields, client }: RequestQuestion): Record<string, string | string[]> {
  return {
    url,
    ...(method !== 'GET' && { method }),
    ...(fields.length > 0 && { field: fields.map(([name, value]) => `${name}: ${value}`) }),
    ...(client && { client }),
  }
}

/** Why it cannot be asked, in one sentence. */
export function questionProblem({ url, method, fields, client }: RequestQuestion): string | undefined {
  if (!/^https?:\/\/[^/?#\s]+/i.test(url))
    return 'write the whole address, as https://app.localhost:8443/path'
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) return 'a method has no spaces and no commas'
  const named = fields.find(([name]) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
  if (named) return named[0] === '' ? 'a field has a name' : `a field cannot be called ${named[0]}`
  return client && !/^[\da-f.:]+$/i.test(client) ? 'the client is an IP address' : undefined
}

function one(value: Query[string]): string | undefined {
  return all(value)[0]
}

function all(value: Query[string]): string[] {
  const values = typeof value === 'string' ? [value] : (value ?? [])
  return values.filter((text) => text !== null)
}

function fieldOf(line: string): FieldPair {
  const colon = line.indexOf(':')
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
}
