/** The fields of a message as received beside those sent on, with what is different marked. */
import type { FieldPair } from '../../../status/exchange-record.ts'

export interface FieldRow {
  readonly name: string
  readonly before?: string
  readonly after?: string
  readonly mark: 'same' | 'added' | 'removed' | 'changed'
  readonly secret: boolean
}

/** Fields whose values are not shown until somebody asks for them. */
const secretNames: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
])

export function isSecret(name: string): boolean {
  return secretNames.has(name.toLowerCase())
}

/** In the order received; what was added stands at the end. Names are compared whatever their case. */
export function fieldDifference(before: readonly FieldPair[], after: readonly FieldPair[]): FieldRow[] {
  const left = [...after]
  const rows = before.map(([name, value]): FieldRow => {
    const same = left.findIndex(([other, text]) => equal(name, other) && text === value)
    const match = same >= 0 ? same : left.findIndex(([other]) => equal(name, other))
    const secret = isSecret(name)
    if (match < 0) return { name, before: value, mark: 'removed', secret }
    const [[, now] = ['', '']] = left.splice(match, 1)
    return { name, before: value, after: now, mark: now === value ? 'same' : 'changed', secret }
  })
  const added = left.map(([name, value]): FieldRow => ({
    name,
    after: value,
    mark: 'added',
    secret: isSecret(name),
  }))
  return [...rows, ...added]
}

/** Fields of one message, with nothing to compare. */
export function plainFields(fields: readonly FieldPair[]): FieldRow[] {
  return fields.map(([name, value]) => ({ name, after: value, mark: 'same', secret: isSecret(name) }))
}

function equal(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
