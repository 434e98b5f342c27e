/** Whether a password fits the hash of a password file (ngx_crypt). */
import { hash } from 'node:crypto'
import { decodeBase64 } from '../request/base64.ts'
import { bcrypt } from './bcrypt.ts'
import { desCrypt } from './des-crypt.ts'
import { md5Crypt } from './md5-crypt.ts'
import { shaCrypt } from './sha-crypt.ts'

/** `unknown`: hashed by a scheme nobody here can compute; it fits nothing. */
export type PasswordCheck = 'right' | 'wrong' | 'unknown'

/** Both are bytes, one a character. */
export function checkPassword(password: string, stored: string): PasswordCheck {
  // C strings end at their first zero.
  const key = Buffer.from(password.split('\0', 1)[0] ?? '', 'latin1')
  const hashed = schemes.find(([prefix]) => stored.startsWith(prefix))?.[1](key, stored)
  if (hashed !== undefined) return hashed === stored ? 'right' : 'wrong'
  // What begins with `$` or `_` and is none of these is another of crypt(3)'s schemes.
  return /^[$_]/.test(stored) && !/^\$(?:[156]|2[aby])\$/.test(stored) ? 'unknown' : 'wrong'
}

/** Hashes the key with the salt of what is stored; undefined where that is malformed. */
type Scheme = (key: Buffer, stored: string) => string | undefined

const schemes: readonly (readonly [prefix: string, scheme: Scheme])[] = [
  ['$apr1$', (key, stored) => md5Crypt(key, stored, '$apr1$')],
  ['{PLAIN}', (key) => `{PLAIN}${key.toString('latin1')}`],
  ['{SSHA}', ssha],
  ['{SHA}', (key) => `{SHA}${hash('sha1', key, 'base64')}`],
  ['$1$', (key, stored) => md5Crypt(key, stored, '$1$')],
  ['$2', bcrypt],
  ['$5$', shaCrypt],
  ['$6$', shaCrypt],
  ['', desCrypt],
]

// base64(SHA1(key salt) salt); what is no base64 counts as no salt.
function ssha(key: Buffer, stored: string): string {
  const salt = decodeBase64(stored.slice(6))?.subarray(20) ?? Buffer.alloc(0)
  const digest = hash('sha1', Buffer.concat([key, salt]), 'buffer')
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`
}
