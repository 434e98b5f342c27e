/** A token: what method and field names are made of. Source: RFC 9110 §5.6.2. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(text)
}

/** What a field value must not hold. Source: RFC 9110 §5.5. */
export function isFieldValue(text: string): boolean {
  return !/[\0\r\n]/.test(text)
}

/**
 * Fields that speak of one connection, not of the message, whether or not Connection names them (lower case).
 * Source: RFC 9110 §7.6.1.
 */
export const hopByHopFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/**
 * The members of a list field, several values already joined by commas. Commas inside a quoted string part nothing;
 * empty members are left out. Source: RFC 9110 §5.6.1.
 */
export function listMembers(value: string): string[] {
  if (!value.includes('"')) return value.split(',').flatMap(nonEmpty)
  const members: string[] = []
  let quoted = false
  let from = 0
  for (let i = 0; i < value.length; i++) {
    const c = value.charAt(i)
    if (quoted && c === '\\') i++
    else if (c === '"') quoted = !quoted
    else if (c === ',' && !quoted) {
      members.push(...nonEmpty(value.slice(from, i)))
      from = i + 1
    }
  }
  members.push(...nonEmpty(value.slice(from)))
  return members
}

function nonEmpty(member: string): string[] {
  const trimmed = member.replace(/^[ \t]+|[ \t]+$/g, '')
  return trimmed === '' ? [] : [trimmed]
}

/** The lower-case options of a Connection field: `close`, `keep-alive`, and names of fields. */
export function connectionOptions(value: string): string[] {
  return listMembers(value.toLowerCase())
}

/** The text of a quoted string, or the text as it is if it is none. Source: RFC 9110 §5.6.4. */
export function unquoted(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text
  return text.slice(1, -1).replace(/\\([^])/g, '$1')
}
