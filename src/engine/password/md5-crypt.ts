/** Poul-Henning Kamp's MD5 crypt: `$1$` of crypt(3), and `$apr1$` of Apache (ngx_crypt_apr1). */
import { hash } from 'node:crypto'
import { toDigits } from './base64-crypt.ts'

const md5 = (...parts: readonly Buffer[]): Buffer => hash('md5', Buffer.concat(parts), 'buffer')
const outputOrder = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
] as const

/** The whole hash of a key; of `stored` only the salt counts. `magic`: `$1$` or `$apr1$`. */
export function md5Crypt(key: Buffer, stored: string, magic: '$1$' | '$apr1$'): string {
  const saltText = (stored.slice(magic.length).split('$', 1)[0] ?? '').slice(0, 8)
  const salt = Buffer.from(saltText, 'latin1')
  const inner = md5(key, salt, key)
  const first: Buffer[] = [key, Buffer.from(magic), salt]
  for (let left = key.length; left > 0; left -= 16) first.push(inner.subarray(0, Math.min(16, left)))
  for (let bits = key.length; bits > 0; bits >>= 1)
    first.push(bits & 1 ? Buffer.alloc(1) : key.subarray(0, 1))
  let digest = md5(...first)
  for (let round = 0; round < 1000; round++) {
    const odd = round % 2 === 1
    const parts = [odd ? key : digest]
    if (round % 3) parts.push(salt)
    if (round % 7) parts.push(key)
    parts.push(odd ? digest : key)
    digest = md5(...parts)
  }
  const byte = (i: number): number => digest[i] ?? 0
  const text = outputOrder
    .map(([a, b, c]) => toDigits((byte(a) << 16) | (byte(b) << 8) | byte(c), 4))
    .join('')
  return `${magic}${saltText}$${text}${toDigits(byte(11), 2)}`
}
