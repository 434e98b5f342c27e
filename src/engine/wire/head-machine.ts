/**
 * What may come next in a head that is not complete yet, byte by byte: nginx's own parsers as tables. They
 * find at once the byte that makes a head wrong, as nginx does, and make a head that trickles in cost no
 * more than its length. Reading what a head says is not theirs.
 */

/** A state is a number; the lowest two mean the same in every machine. */
export const headRefused = 0
export const headComplete = 1
export const headStart = 2

/** The next state at `state × 256 + byte`. */
export type HeadMachine = Uint8Array

/**
 * Runs `machine` from `state` over bytes `from` to `to`, not beyond the head's last or first wrong byte.
 * Returns the position of the byte after the last one looked at, times 64, plus the state.
 */
export function scanHead(
  machine: HeadMachine,
  state: number,
  buffer: Buffer,
  from: number,
  to: number,
): number {
  let i = from
  let now = state
  while (i < to && now > headComplete) now = machine[(now << 8) | (buffer[i++] ?? 0)] ?? headRefused
  return i * 64 + now
}

type States = Record<string, Record<string, string>>

/** Which bytes (a regular expression's class) lead where; a byte that is not named is refused. */
const fieldStates: States = {
  field: { '\\r': 'headLf', '\\n': 'complete', '!-9;-~\\x80-\\xff': 'name' },
  headLf: { '\\n': 'complete' },
  name: { '!-9;-~\\x80-\\xff': 'name', ':': 'value', '\\r': 'fieldLf', '\\n': 'field' },
  value: { '\\r': 'fieldLf', '\\n': 'field', '\\x01-\\x09\\x0b\\x0c\\x0e-\\xff': 'value' },
  fieldLf: { '\\n': 'field' },
}

const requestStates: States = {
  start: { '\\r\\n': 'start', 'A-Z_\\-': 'method' },
  method: { 'A-Z_\\-': 'method', ' ': 'beforeTarget' },
  beforeTarget: { ' ': 'beforeTarget', '/': 'target', 'A-Za-z': 'scheme' },
  scheme: { 'A-Za-z0-9+.\\-': 'scheme', ':': 'schemeSlash' },
  schemeSlash: { '/': 'schemeSlashSlash' },
  schemeSlashSlash: { '/': 'hostStart' },
  hostStart: { '\\[': 'literal', 'A-Za-z0-9.\\-': 'host', ':': 'port', '\\/?': 'target', ' ': 'afterTarget' },
  host: { 'A-Za-z0-9.\\-': 'host', ':': 'port', '\\/?': 'target', ' ': 'afterTarget' },
  literal: { "A-Za-z0-9:._~!$&'()*+,;=\\-": 'literal', '\\]': 'hostEnd' },
  hostEnd: { ':': 'port', '\\/?': 'target', ' ': 'afterTarget' },
  port: { '0-9': 'port', '\\/?': 'target', ' ': 'afterTarget' },
  target: { '!-~\\x80-\\xff': 'target', ' ': 'afterTarget', '\\r': 'lf09', '\\n': 'complete' },
  afterTarget: { ' ': 'afterTarget', '\\r': 'lf09', '\\n': 'complete', H: 'H' },
  lf09: { '\\n': 'complete' },
  H: { T: 'HT' },
  HT: { T: 'HTT' },
  HTT: { P: 'HTTP' },
  HTTP: { '\\/': 'major' },
  major: { '1': 'dot' },
  dot: { '.': 'minor' },
  minor: { '0-9': 'minorDigits' },
  minorDigits: { '0-9': 'minorDigits', ' ': 'afterVersion', '\\r': 'fieldLf', '\\n': 'field' },
  afterVersion: { ' ': 'afterVersion', '\\r': 'fieldLf', '\\n': 'field' },
  ...fieldStates,
}

const responseStates: States = {
  start: { H: 'H' },
  H: { T: 'HT' },
  HT: { T: 'HTT' },
  HTT: { P: 'HTTP' },
  HTTP: { '\\/': 'major' },
  major: { '1-9': 'majorDigits' },
  majorDigits: { '0-9': 'majorDigits', '.': 'minor' },
  minor: { '0-9': 'minorDigits' },
  minorDigits: { '0-9': 'minorDigits', ' ': 'status1' },
  status1: { ' ': 'status1', '0-9': 'status2' },
  status2: { '0-9': 'status3' },
  status3: { '0-9': 'afterStatus' },
  afterStatus: { ' .': 'reason', '\\r': 'fieldLf', '\\n': 'field' },
  reason: { '\\r': 'fieldLf', '\\n': 'field', '\\x01-\\x09\\x0b\\x0c\\x0e-\\xff': 'reason' },
  ...fieldStates,
  // A repeated status line among the fields is passed over.
  field: { '\\r': 'headLf', '\\n': 'complete', H: 'nameH', '!-9;-GI-~\\x80-\\xff': 'name' },
  nameH: { T: 'nameHT', '!-9;-SU-~\\x80-\\xff': 'name', ':': 'value', '\\r': 'fieldLf', '\\n': 'field' },
  nameHT: { T: 'nameHTT', '!-9;-SU-~\\x80-\\xff': 'name', ':': 'value', '\\r': 'fieldLf', '\\n': 'field' },
  nameHTT: { P: 'nameHTTP', '!-9;-OQ-~\\x80-\\xff': 'name', ':': 'value', '\\r': 'fieldLf', '\\n': 'field' },
  nameHTTP: {
    '\\/': 'passedOver',
    '!-.0-9;-~\\x80-\\xff': 'name',
    ':': 'value',
    '\\r': 'fieldLf',
    '\\n': 'field',
  },
  passedOver: { '\\n': 'field', '\\x01-\\x09\\x0b-\\xff': 'passedOver' },
}

export const requestHeadMachine = machineOf(requestStates)
export const responseHeadMachine = machineOf(responseStates)

function machineOf(states: States): HeadMachine {
  // In the order of their numbers; `start` is the first of each table.
  const names = ['refused', 'complete', ...Object.keys(states)]
  const machine = new Uint8Array(names.length * 256).fill(headRefused)
  for (const [name, transitions] of Object.entries(states)) {
    for (const [bytes, next] of Object.entries(transitions)) {
      const matches = new RegExp(`[${bytes}]`)
      for (let b = 0; b < 256; b++) {
        if (!matches.test(String.fromCharCode(b))) continue
        machine[names.indexOf(name) * 256 + b] = names.indexOf(next)
      }
    }
  }
  return machine
}
