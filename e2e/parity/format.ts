/** Reads a `.case` file; README.md beside this file describes the format. */
import type { Act } from '../support/origin.ts'

/** A text of the case that still has its placeholders and escapes. */
type Text = string

export type OriginRule = { when?: string; once: boolean; early: boolean; acts: Act[] }

export type OriginScript = { name: string; neverAccepts: boolean; tls: boolean; rules: OriginRule[] }

export type FieldCheck =
  | { kind: 'equals'; name: string; values: Text[] }
  | { kind: 'matches'; name: string; regex: Text }
  | { kind: 'absent'; name: string }

export type MessageCheck = {
  line: number
  /** Status line (or its end) of a response, request line of a request. */
  start: Text
  fields: FieldCheck[]
  /** The exact body, or undefined when it is not looked at. */
  body?: Text
  bodyMatches: Text[]
}

export type Step = { line: number } & (
  | {
      kind: 'send'
      connection: string
      /** A connection of this name that exists is used again; the anonymous one only with `again`. */
      fresh: boolean
      port: string
      tls?: { servername: string }
      http2: boolean
      times: number
      /** Sent again, on new connections, until what comes is what the next step expects. */
      eventually: boolean
      messages: Text[]
    }
  /** With `headOnly` the body stays unread, for steps that look at how it is framed. */
  | { kind: 'expect'; connection: string; headOnly: boolean; messages: MessageCheck[] }
  | { kind: 'expect-exactly'; connection: string; messages: Text[] }
  | { kind: 'expect-raw'; connection: string; text: Text; untilClose: boolean }
  | { kind: 'closed' | 'half-close' | 'hang-up'; connection: string }
  | { kind: 'upstream'; origin: string; messages: Text[] }
  | { kind: 'upstream-has'; origin: string; messages: MessageCheck[] }
  | { kind: 'upstream-none'; origin: string }
  | { kind: 'upstream-closed'; origin: string }
  | { kind: 'accepted'; origin: string; count: number }
  | { kind: 'origins'; sequence: string[] }
  | { kind: 'release'; gate: string }
  /** Waits until error.log matches. */
  | { kind: 'logged'; regexes: Text[] }
  | { kind: 'pause'; ms: number }
  | { kind: 'reload'; conf: Text }
)

export type Case = {
  name: string
  title: string
  tier: number
  conf: Text
  files: { path: string; text: Text; modified?: Date }[]
  certificates: { name: string; hosts: string[] }[]
  origins: OriginScript[]
  steps: Step[]
  /** What the log files hold in the end: all lines exactly. */
  logs: { line: number; file: string; lines: Text[] }[]
  /** What error.log must, and must not, match. */
  errors: { line: number; regex: Text; absent: boolean }[]
  /** The program must not start, and say this. */
  refused?: { line: number; regexes: Text[] }
}

type Section = { line: number; words: string[]; head: string; block: string[] }

/** Throws an Error that names the line when the text is no case. */
export function parseCase(name: string, source: string): Case {
  const lines = source.split('\n')
  const title = /^# (.+)/.exec(lines[0] ?? '')?.[1]
  if (!title) throw new Error(`${name}.case:1: the first line is "# " and a sentence`)
  const result: Case = {
    name,
    title: Buffer.from(title, 'latin1').toString('utf8'),
    tier: 0,
    conf: '',
    files: [],
    certificates: [],
    origins: [],
    steps: [],
    logs: [],
    errors: [],
  }
  for (const section of sections(name, lines)) {
    try {
      addSection(result, section)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new Error(`${name}.case:${section.line}: ${message}`, { cause: error })
    }
  }
  if (!result.conf) throw new Error(`${name}.case: there is no conf`)
  if (result.tier !== 1 && result.tier !== 2) throw new Error(`${name}.case: tier: 1 or tier: 2 is missing`)
  if (!expectsSomething(result)) throw new Error(`${name}.case: nothing is expected`)
  return result
}

/** A case that cannot fail proves nothing. */
function expectsSomething({ steps, logs, errors, refused }: Case): boolean {
  const acts = new Set<Step['kind']>(['send', 'half-close', 'hang-up', 'release', 'pause', 'reload'])
  return (
    steps.some((step) => !acts.has(step.kind)) || logs.length + errors.length > 0 || refused !== undefined
  )
}

/** Splits into headings at column 0 and the lines indented below them. */
function sections(name: string, lines: string[]): Section[] {
  const found: Section[] = []
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('#')) continue
    const current = found.at(-1)
    if (line.startsWith('    ')) current?.block.push(line.slice(4))
    else if (line.trim() === '') current?.block.push('')
    else if (/^\s/.test(line)) throw new Error(`${name}.case:${index + 1}: indent by four spaces`)
    else found.push({ line: index + 1, words: line.trim().split(/\s+/), head: line.trim(), block: [] })
  }
  for (const section of found) while (section.block.at(-1) === '') section.block.pop()
  return found
}

function addSection(result: Case, section: Section): void {
  const keyword = section.words[0] ?? ''
  const add = readers[keyword]
  if (!add) throw new Error(`unknown heading ${JSON.stringify(keyword)}`)
  add(result, section)
}

const readers: Readonly<Record<string, (result: Case, section: Section) => void>> = {
  'tier:': (result, { words }) => {
    result.tier = Number(words[1])
  },
  conf: (result, { block }) => {
    result.conf = block.join('\n')
  },
  file: (result, { words, block }) => {
    const modified = words[2] === 'modified' ? new Date(words[3] ?? '') : undefined
    result.files.push({ path: words[1] ?? '', text: joinContinued(block, '\n'), modified })
  },
  certificate: (result, { words }) => {
    if (words[2] !== 'for') throw new Error('expected: certificate NAME for HOST…')
    result.certificates.push({ name: words[1] ?? '', hosts: words.slice(3) })
  },
  origin: (result, section) => {
    const script = scriptOf(result, section.words[1] ?? '')
    if (section.head.endsWith(' never accepts')) script.neverAccepts = true
    else if (section.words[2] === 'tls') script.tls = true
    else script.rules.push(readRule(section))
  },
  send: (result, section) => result.steps.push(readSend(section)),
  expect: (result, section) => result.steps.push(readExpect(section, lastConnection(result))),
  closed: connectionStep('closed'),
  'half-close': connectionStep('half-close'),
  'hang-up': connectionStep('hang-up'),
  upstream: (result, section) => result.steps.push(readUpstream(section)),
  accepted: (result, { line, words }) => {
    result.steps.push({ line, kind: 'accepted', origin: words[1] ?? '', count: Number(words[2]) })
  },
  origins: (result, { line, words, block }) => {
    const sequence = [...words.slice(1), ...block.join(' ').split(/\s+/)].filter((word) => word !== '')
    result.steps.push({ line, kind: 'origins', sequence })
  },
  release: (result, { line, words }) => result.steps.push({ line, kind: 'release', gate: words[1] ?? '' }),
  pause: (result, { line, words }) => {
    result.steps.push({ line, kind: 'pause', ms: milliseconds(words[1] ?? '') })
  },
  logged: (result, { line, block }) => result.steps.push({ line, kind: 'logged', regexes: block }),
  reload: (result, { line, block }) => result.steps.push({ line, kind: 'reload', conf: block.join('\n') }),
  log: (result, { line, words, block }) => result.logs.push({ line, file: words[1] ?? '', lines: block }),
  'error.log': (result, { line, words, block }) => {
    const absent = words[1] === 'without'
    result.errors.push(...block.map((regex) => ({ line, regex, absent })))
  },
  refused: (result, { line, block }) => {
    result.refused = { line, regexes: block }
  },
}

function scriptOf(result: Case, name: string): OriginScript {
  if (!/^\d+$/.test(name)) throw new Error('an origin has a number')
  const known = result.origins.find((script) => script.name === name)
  if (known) return known
  const script: OriginScript = { name, neverAccepts: false, tls: false, rules: [] }
  result.origins.push(script)
  return script
}

/** `origin N [once] [early] [raw] [on REQUEST | on ~ REGEX]`, then bytes and `@` lines. */
function readRule({ words, head, block }: Section): OriginRule {
  const options = head.split(/ on /)[0]?.split(/\s+/).slice(2) ?? []
  const unknown = options.find((word) => !['once', 'early', 'raw'].includes(word))
  if (unknown) throw new Error(`unknown option ${unknown}`)
  const on = words.includes('on') ? head.slice(head.indexOf(' on ') + 4) : undefined
  return {
    when: on === undefined ? undefined : on.startsWith('~ ') ? on.slice(2) : `^${escapeRegex(on)}( |$)`,
    once: options.includes('once'),
    early: options.includes('early'),
    acts: readActs(block, options.includes('raw')),
  }
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function readActs(block: string[], raw: boolean): Act[] {
  const acts: Act[] = []
  let lines: string[] = []
  const flush = () => {
    if (lines.length === 0) return
    const text = joinContinued(lines, '\r\n')
    // A first piece that is a head and nothing more gets the blank line that ends it.
    const head = !raw && text.startsWith('HTTP/') && !text.includes('\r\n\r\n')
    acts.push({ do: 'write', bytes: head ? `${text}\r\n\r\n` : text })
    lines = []
  }
  for (const line of block) {
    if (line === '---' || line.startsWith('@')) flush()
    else lines.push(line)
    if (line.startsWith('@')) acts.push(readAct(line))
  }
  flush()
  return acts
}

function readAct(line: string): Act {
  const [word = '', ...rest] = line.slice(1).split(' ')
  const argument = rest.join(' ')
  if (word === 'wait') return { do: 'wait', ms: milliseconds(argument) }
  if (word === 'hold') return { do: 'hold', gate: argument }
  if (word === 'await') return { do: 'await', bytes: argument }
  if (word === 'echo' || word === 'close' || word === 'reset' || word === 'silence') return { do: word }
  throw new Error(`unknown ${line}`)
}

function milliseconds(text: string): number {
  const parts = /^(\d+)(ms|s)$/.exec(text)
  if (!parts) throw new Error(`${JSON.stringify(text)} is no duration such as 200ms or 1s`)
  return Number(parts[1]) * (parts[2] === 's' ? 1000 : 1)
}

/** `send [NAME | again] [raw] [h2] [to PORT] [tls HOST] [N times | eventually]`. */
function readSend({ line, words, block }: Section): Step {
  const step = {
    connection: '',
    fresh: true,
    port: 'PORT',
    times: 1,
    eventually: false,
    raw: false,
    http2: false,
    tls: '',
  }
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === 'again') step.fresh = false
    else if (word === 'raw') step.raw = true
    else if (word === 'h2') step.http2 = true
    else if (word === 'eventually') step.eventually = true
    else if (word === 'to') step.port = words[++at] ?? ''
    else if (word === 'tls') step.tls = words[++at] ?? ''
    else if (words[at + 1] === 'times') step.times = Number(words[at++])
    else step.connection = word
  }
  if (step.connection) step.fresh = false
  const { raw, tls, ...send } = step
  const messages = raw ? [joinContinued(block, '\r\n')] : splitMessages(block).map(completeMessage)
  return { line, kind: 'send', ...send, tls: tls ? { servername: tls } : undefined, messages }
}

/** `expect [NAME] [exactly | head | raw | until close]`. */
function readExpect({ line, words, block }: Section, last: string): Step {
  const options = words.slice(1).filter((word) => expectOptions.has(word))
  const connection = words.slice(1).find((word) => !expectOptions.has(word)) ?? last
  if (options.includes('raw') || options.includes('until')) {
    const text = joinContinued(block, '\r\n')
    return { line, kind: 'expect-raw', connection, text, untilClose: options.includes('until') }
  }
  const messages = splitMessages(block)
  if (options.includes('exactly')) {
    return { line, kind: 'expect-exactly', connection, messages: messages.map(completeMessage) }
  }
  const checks = messages.map((lines) => readMessageCheck(line, lines))
  return { line, kind: 'expect', connection, headOnly: options.includes('head'), messages: checks }
}

const expectOptions = new Set(['exactly', 'head', 'raw', 'until', 'close'])

/** `upstream N [has | none | closed]`. */
function readUpstream({ line, words, block }: Section): Step {
  const origin = words[1] ?? ''
  if (words[2] === 'none') return { line, kind: 'upstream-none', origin }
  if (words[2] === 'closed') return { line, kind: 'upstream-closed', origin }
  const messages = splitMessages(block)
  if (words[2] === undefined)
    return { line, kind: 'upstream', origin, messages: messages.map(completeMessage) }
  if (words[2] !== 'has') throw new Error(`unknown option ${words[2]}`)
  return {
    line,
    kind: 'upstream-has',
    origin,
    messages: messages.map((lines) => readMessageCheck(line, lines)),
  }
}

function connectionStep(kind: 'closed' | 'half-close' | 'hang-up') {
  return (result: Case, { line, words }: Section): void => {
    result.steps.push({ line, kind, connection: words[1] ?? lastConnection(result) })
  }
}

/** What a step without a name speaks of: the connection of the last `send`. */
function lastConnection(result: Case): string {
  const send = result.steps.findLast((step) => step.kind === 'send')
  return send?.kind === 'send' ? send.connection : ''
}

function readMessageCheck(line: number, lines: string[]): MessageCheck {
  const blank = lines.indexOf('')
  const [start = '', ...rest] = blank < 0 ? lines : lines.slice(0, blank)
  const check: MessageCheck = { line, start, fields: [], bodyMatches: [] }
  if (blank >= 0) check.body = joinContinued(lines.slice(blank + 1), '\r\n')
  for (const text of rest) addFieldCheck(check, text)
  return check
}

function addFieldCheck(check: MessageCheck, text: string): void {
  const matches = /^(\S+) ~ (.*)$/.exec(text)
  if (text === 'empty body') check.body = ''
  else if (text.startsWith('!')) check.fields.push({ kind: 'absent', name: text.slice(1).trim() })
  else if (matches?.[1] === 'body') check.bodyMatches.push(matches[2] ?? '')
  else if (matches) check.fields.push({ kind: 'matches', name: matches[1] ?? '', regex: matches[2] ?? '' })
  else addEquals(check, text)
}

/** Lines of one name are one check: the field has these values, in this order, and no others. */
function addEquals(check: MessageCheck, text: string): void {
  const parts = /^([^\s:]+):(?: (.*))?$/.exec(text)
  if (!parts) throw new Error(`${JSON.stringify(text)} is no expectation of a field`)
  const [, name = '', value = ''] = parts
  const known = check.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
  if (known?.kind === 'equals') known.values.push(value)
  else check.fields.push({ kind: 'equals', name, values: [value] })
}

/** Messages are separated by a line `---`. */
function splitMessages(block: string[]): string[][] {
  const messages: string[][] = [[]]
  for (const line of block) {
    if (line === '---') messages.push([])
    else messages.at(-1)?.push(line)
  }
  return messages
}

/** Line ends are CRLF; a message that is only a head gets its blank line; a body ends without a line end. */
function completeMessage(lines: string[]): Text {
  const text = joinContinued(lines, '\r\n')
  return text.includes('\r\n\r\n') ? text : `${text}\r\n\r\n`
}

/** A line that ends in a backslash goes on in the next one. */
function joinContinued(lines: string[], lineEnd: string): Text {
  return lines
    .map((line, index) => {
      if (/(^|[^\\])\\$/.test(line)) return line.slice(0, -1)
      return index === lines.length - 1 ? line : line + lineEnd
    })
    .join('')
}
