/** Ulrich Drepper's SHA crypt: `$5$` and `$6$` of crypt(3). https://www.akkadia.org/drepper/SHA-crypt.txt */
import { hash } from 'node:crypto'
import { toDigits } from './base64-crypt.ts'

interface Kind {
  readonly name: 'sha256' | 'sha512'
  readonly size: number
  /** Bytes in the order they are written, three to a group; the last group is shorter. */
  readonly order: readonly number[]
}

const kinds: Readonly<Record<string, Kind>> = {
  $5$: { name: 'sha256', size: 32, order: orderOf(10, 3, [0, 10, 20], [31, 30]) },
  $6$: { name: 'sha512', size: 64, order: orderOf(21, 2, [0, 21, 42], [63]) },
}

// Groups of three walk through the digest, each turned one place against the one before.
function orderOf(groups: number, turn: number, first: readonly number[], last: readonly number[]): number[] {
  const order: number[] = []
  let [a = 0, b = 0, c = 0] = first
  for (let i = 0; i < groups; i++) {
    order.push(a, b, c)
    ;[a, b, c] = turn === 3 ? [c + 1, a + 1, b + 1] : [b + 1, c + 1, a + 1]
  }
  return [...order, ...last]
}

/** The whole hash of a key with the salt and the rounds of `stored`; undefined where they are malformed. */
export function shaCrypt(key: Buffer, stored: string): string | undefined {
  const magic = stored.slice(0, 3)
  const kind = kinds[magic]
  const match = /^\$[56]\$(?:rounds=([1-9]\d*)\$)?([^$:\n]{0,16})/.exec(stored)
  if (!kind || !match) return undefined
  const rounds = Number(match[1] ?? 5000)
  if (rounds < 1000 || rounds > 999_999_999) return undefined
  const saltText = match[2] ?? ''
  const digest = digestOf(key, Buffer.from(saltText, 'latin1'), rounds, kind)
  const shown = match[1] === undefined ? '' : `rounds=${rounds}$`
  return `${magic}${shown}${saltText}$${encode(digest, kind)}`
}

function digestOf(key: Buffer, salt: Buffer, rounds: number, { name, size }: Kind): Buffer {
  const sha = (parts: readonly Buffer[]): Buffer => hash(name, Buffer.concat(parts), 'buffer')
  const stretched = (block: Buffer, length: number): Buffer =>
    Buffer.concat(Array.from({ length: Math.ceil(length / size) }, () => block)).subarray(0, length)
  const inner = sha([key, salt, key])
  const first = [key, salt, stretched(inner, key.length)]
  for (let bits = key.length; bits > 0; bits >>= 1) first.push(bits & 1 ? inner : key)
  let digest = sha(first)
  const p = stretched(sha(Array.from({ length: key.length }, () => key)), key.length)
  const s = stretched(sha(Array.from({ length: 16 + (digest[0] ?? 0) }, () => salt)), salt.length)
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1
    const parts = [odd ? p : digest]
    if (round % 3) parts.push(s)
    if (round % 7) parts.push(p)
    parts.push(odd ? digest : p)
    digest = sha(parts)
  }
  return digest
}

function encode(digest: Buffer, { order }: Kind): string {
  let text = ''
  for (let i = 0; i < order.length; i += 3) {
    const group = order.slice(i, i + 3)
    const value = group.reduce((sum, at) => sum * 256 + (digest[at] ?? 0), 0)
    text += toDigits(value, group.length + 1)
  }
  return text
}
