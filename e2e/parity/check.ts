/** Compares what came with what a case expects, and says what differs so that a reader sees every byte. */
import { fieldValues, type Field } from '../support/origin.ts'
import type { FieldCheck, MessageCheck } from './format.ts'
import { toPattern, toRegex, visible, visibleLines, type Values } from './text.ts'

/** A case that does not hold; `details` are lines for the report. */
export class Mismatch extends Error {
  readonly line: number
  readonly details: string[]
  constructor(line: number, message: string, details: string[] = []) {
    super(message)
    this.name = 'Mismatch'
    this.line = line
    this.details = details
  }
}

/** A response or a recorded request, as the checks see it. */
export type Message = { start: string; fields: Field[]; head: string; body: string }

/** Throws a Mismatch with all that differs between a message and what is said about it. */
export function checkMessage(check: MessageCheck, message: Message, values: Values): void {
  const problems = [
    ...checkStart(check.start, message.start, values),
    ...check.fields.flatMap((field) => checkField(field, message.fields, values)),
    ...checkBody(check, message.body, values),
  ]
  if (problems.length === 0) return
  const seen = ['the message was', ...visibleLines(`${message.head}\r\n\r\n${message.body}`).map(indent)]
  throw new Mismatch(check.line, 'the message differs', [...problems, ...seen])
}

/** Throws a Mismatch with both texts, line by line, unless the whole text is as expected. */
export function checkWhole(
  line: number,
  what: string,
  expected: string,
  actual: string,
  values: Values,
): void {
  const pattern = toPattern(expected, values)
  if (pattern.matches(actual)) return
  throw new Mismatch(line, `${what} differs`, difference(pattern.shown, actual, values))
}

/** `200`, `200 OK`, `HTTP/1.1 200 OK`, or for requests the whole request line. */
function checkStart(expected: string, actual: string, values: Values): string[] {
  const shape = /^(HTTP\/\S+ )?\d{3}( .*)?$/.exec(expected)
  const shown = shape ? shorten(actual, shape[1] !== undefined, shape[2] !== undefined) : actual
  const pattern = toPattern(expected, values)
  return pattern.matches(shown) ? [] : contrast('first line', pattern.shown, shown)
}

function shorten(statusLine: string, version: boolean, reason: boolean): string {
  const parts = /^(HTTP\/\S+ )?(\d{3})( .*)?$/.exec(statusLine)
  if (!parts) return statusLine
  return (version ? (parts[1] ?? '') : '') + (parts[2] ?? '') + (reason ? (parts[3] ?? '') : '')
}

function checkField(check: FieldCheck, fields: Field[], values: Values): string[] {
  const actual = fieldValues(fields, check.name.toLowerCase())
  if (check.kind === 'absent')
    return actual.length ? contrast(check.name, '(absent)', actual.join(' | ')) : []
  if (check.kind === 'matches') {
    const regex = toRegex(check.regex, values)
    if (actual.length > 0 && actual.every((value) => regex.test(value))) return []
    return contrast(check.name, String(regex), actual.join(' | ') || '(absent)')
  }
  const patterns = check.values.map((value) => toPattern(value, values))
  const same =
    patterns.length === actual.length && patterns.every((pattern, i) => pattern.matches(actual[i] ?? ''))
  const shown = patterns.map((pattern) => pattern.shown).join(' | ')
  return same ? [] : contrast(check.name, shown, actual.length ? actual.join(' | ') : '(absent)')
}

function checkBody(check: MessageCheck, body: string, values: Values): string[] {
  const regexes = check.bodyMatches
    .map((source) => toRegex(source, values))
    .filter((regex) => !regex.test(body))
  const problems = regexes.flatMap((regex) => contrast('body', String(regex), body))
  if (check.body === undefined) return problems
  const pattern = toPattern(check.body, values)
  if (pattern.matches(body)) return problems
  return [...problems, 'body', ...difference(pattern.shown, body, values).map(indent)]
}

function contrast(what: string, expected: string, actual: string): string[] {
  return [what, `  expected  ${visible(expected)}`, `  actual    ${visible(actual)}`]
}

/** Both texts line by line: equal lines once, others as - expected and + actual. */
export function difference(expected: string, actual: string, values: Values): string[] {
  const left = expected.split(/(?<=\n)/)
  const right = actual.split(/(?<=\n)/)
  const lines: string[] = []
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [wanted, got] = [left[i], right[i]]
    if (wanted !== undefined && got !== undefined && sameLine(wanted, got, values))
      lines.push(`  ${visible(got)}`)
    else {
      if (wanted !== undefined) lines.push(`- ${visible(wanted)}`)
      if (got !== undefined) lines.push(`+ ${visible(got)}`)
    }
  }
  return lines
}

/** `shown` had its escapes and values replaced already; only wildcards are left in it. */
function sameLine(shown: string, actual: string, values: Values): boolean {
  return shown === actual || toPattern(shown.replaceAll('\\', '\\\\'), values).matches(actual)
}

function indent(line: string): string {
  return `  ${line}`
}
