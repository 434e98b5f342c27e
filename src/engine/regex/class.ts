/** Character classes, `[...]`. */
import {
  addAll,
  addOtherCase,
  classSource,
  escapedSets,
  inverted,
  posixSets,
  type ByteSet,
} from './byte-set.ts'
import type { Cursor } from './cursor.ts'
import { byteEscape, propertyEscape } from './escapes.ts'

/** Reads a class whose `[` has been read, and spells it for JavaScript. */
export function readClass(cursor: Cursor, caseless: boolean): string {
  if (cursor.match(/(?=[.:=][^\]]*[.:=]\])/y))
    throw cursor.wrong('POSIX named classes are supported only within a class', cursor.at - 1)
  const negative = cursor.take('^')
  const set = new Uint8Array(256)
  // A bracket that comes first means itself.
  for (let first = true; ;) {
    if (cursor.ended) throw cursor.wrong('missing terminating ] for character class')
    if (cursor.peek(']') && !first) break
    if (!cursor.take('\\E')) {
      first = false
      member(cursor, set)
    }
  }
  cursor.at++
  if (caseless) addOtherCase(set)
  return classSource(negative ? inverted(set) : set)
}

function member(cursor: Cursor, set: ByteSet): void {
  const from = classItem(cursor)
  const dash = cursor.match(/-(?!\])/y)
  if (typeof from !== 'number') {
    addAll(set, from)
    if (dash) dashBehindSet(cursor, set)
    return
  }
  if (!dash) {
    set[from] = 1
    return
  }
  const to = classItem(cursor)
  if (typeof to !== 'number') throw cursor.wrong('invalid range in character class')
  else if (to < from) throw cursor.wrong('range out of order in character class', cursor.at - 1)
  else set.fill(1, from, to + 1)
}

function dashBehindSet(cursor: Cursor, set: ByteSet): void {
  if (!cursor.ended && !cursor.peek(']'))
    throw cursor.wrong('invalid range in character class', cursor.at - 1)
  set[0x2d] = 1
}

function classItem(cursor: Cursor): number | ByteSet {
  const named = cursor.match(/\[:(\^?)([^\]:]*):\]/y)
  if (named) return posixSet(cursor, named[1] === '^', named[2] ?? '')
  if (cursor.match(/(?=\[[.=][^\]]*[.=]\])/y))
    throw cursor.wrong('POSIX collating elements are not supported')
  const character = cursor.text.charAt(cursor.at++)
  if (character !== '\\') return character.charCodeAt(0)
  if (cursor.ended) throw cursor.wrong('\\ at end of pattern')
  const escaped = cursor.text.charAt(cursor.at++)
  if (escaped === 'Q') return quotedMembers(cursor)
  if (escaped === 'b') return 8
  if (/[NRXBCAZzGKgk]/.test(escaped))
    throw cursor.wrong('escape sequence is invalid in character class', cursor.at - 1)
  return escapedSets[escaped] ?? propertyEscape(cursor, escaped) ?? byteEscape(cursor, escaped)
}

function posixSet(cursor: Cursor, negative: boolean, name: string): ByteSet {
  const set = posixSets[name]
  if (!set) throw cursor.wrong('unknown POSIX class name', cursor.at - name.length - 2)
  return negative ? inverted(set) : set
}

function quotedMembers(cursor: Cursor): ByteSet {
  const end = cursor.text.indexOf('\\E', cursor.at)
  const text = cursor.text.slice(cursor.at, end < 0 ? cursor.text.length : end)
  cursor.at = end < 0 ? cursor.text.length : end + 2
  const set = new Uint8Array(256)
  for (const character of text) set[character.charCodeAt(0)] = 1
  return set
}
