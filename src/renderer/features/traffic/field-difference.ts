/** The fields of a message as received beside those sent on, with what is different marked. */
import type { FieldPair } from '../../../status/exchange-record.ts'

export interface FieldRow {
  readonly name: string
  readonly before?: string
  readonly after?: string
  readonly mark: 'same' | 'added' | 'removed' | 'changed'
  readonly secret: boolean
}

/** Fields (lower case) whose values nobody sees until they ask for them. */
export const alwaysSecret: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
])

/** Names of secret fields, lower case. */
export type SecretNames = ReadonlySet<string>

/** In the order received; what was added stands at the end. Names are compared whatever their case. */
export function fieldDifference(
  before: readonly FieldPair[],
  after: readonly FieldPair[],
  secrets: SecretNames = alwaysSecret,
): FieldRow[] {
  const isSecret = (name: string): boolean => secrets.has(name.toLowerCase())
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
export function plainFields(fields: readonly FieldPair[], secrets: SecretNames = alwaysSecret): FieldRow[] {
  return fields.map(([name, value]) => ({
    name,
    after: value,
    mark: 'same',
    secret: secrets.has(name.toLowerCase()),
  }))
}

function equal(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
