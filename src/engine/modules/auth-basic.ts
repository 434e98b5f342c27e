/** ngx_http_auth_basic_module: https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html */
import { hash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Lru } from '../../base/lru.ts'
import { checkPassword } from '../password/check.ts'
import { basicUser, type BasicUser } from '../request/basic-user.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import { bytesOf, compileScript, type Script } from '../request/script.ts'
import { systemError } from '../request/system-error.ts'
import { explained, type Trial } from '../request/trial.ts'
import type { Module } from './module.ts'

/** `auth_basic`: a name and a password of a file. */
export const authBasic: Module = {
  name: 'auth-basic',
  handler({ fields }, { variables, problems, confPrefix }, path) {
    const { authBasic, authBasicUserFile } = fields
    if (authBasic === undefined || authBasic === 'off' || authBasicUserFile === undefined) return undefined
    const realm = problems.try([...path, 'authBasic'], () => compileScript(authBasic, variables))
    const file = problems.try([...path, 'authBasicUserFile'], () =>
      compileScript(authBasicUserFile, variables),
    )
    if (!realm || !file) return undefined
    const prefix = bytesOf(confPrefix)
    const check = (x: Exchange): Verdict => handle(x, realm(x), file, prefix)
    return [explained(check, (x, trial) => explain(x, trial, realm(x), file(x), check))]
  },
}

function explain(
  x: Exchange,
  trial: Trial,
  realm: string,
  file: string,
  check: (x: Exchange) => Verdict,
): Verdict {
  const given = basicUser(x) !== undefined
  const verdict = check(x)
  const said = verdict === 'declined' ? 'off' : verdict === 'ok' ? 'right' : given ? 'wrong' : 'no-password'
  trial.tell({ step: 'auth', realm, file, verdict: said })
  return verdict
}

function handle(x: Exchange, realm: string, file: Script, prefix: string): Verdict {
  if (realm === 'off') return 'declined'
  const user = basicUser(x)
  if (!user) {
    logError(x, 'info', 'no user/password was provided for basic authentication')
    return challenge(x, realm)
  }
  const name = file(x)
  const path = name.startsWith('/') ? name : prefix + name
  const text = read(x, path)
  if (typeof text === 'number') return text
  const stored = passwordOf(text, user.name)
  if (stored === undefined) logError(x, 'error', `user "${user.name}" was not found in "${path}"`)
  else if (fits(x, user, stored)) return 'ok'
  return challenge(x, realm)
}

function challenge(x: Exchange, realm: string): Verdict {
  ;(x.challenges ??= []).push(`Basic realm="${realm}"`)
  return 401
}

function read(x: Exchange, path: string): string | number {
  try {
    return readFileSync(Buffer.from(path, 'latin1'), 'latin1')
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    const absent = code === 'ENOENT'
    const call = syscall === 'read' ? 'read' : 'open'
    logError(
      x,
      absent ? 'error' : 'crit',
      `${call}() "${path}" failed (${systemError(error as NodeJS.ErrnoException)})`,
    )
    return absent ? 403 : 500
  }
}

// The first line that begins with `name:`. As in nginx, the end of a line is only seen where a line was left
// or its password read: a line that is the beginning of the name hides the one after it.
function passwordOf(text: string, name: string): string | undefined {
  const wanted = `${name}:`
  for (let at = 0; at < text.length;) {
    const first = text[at]
    if (first === '\n') {
      at++
      continue
    }
    let same = 0
    if (first !== '#' && first !== '\r')
      while (same < wanted.length && at + same < text.length && text[at + same] === wanted[same]) same++
    if (same === wanted.length) return text.slice(at + same).split(/[\n\r:]/, 1)[0]
    const next = text.indexOf('\n', at + same + 1)
    if (next < 0) return undefined
    at = next + 1
  }
  return undefined
}

// Hashes are made to be slow, and a page asks for a hundred things: what fitted is remembered for a while,
// by a digest that only this process can make.
const secret = randomBytes(32)
const fitted = new Lru<string, true>({ limit: 1000 })

function fits(x: Exchange, { name, password }: BasicUser, stored: string): boolean {
  const key = hash(
    'sha256',
    Buffer.concat([secret, Buffer.from(`${stored}\0${password}`, 'latin1')]),
    'base64',
  )
  if (fitted.get(key)) return true
  const check = checkPassword(password, stored)
  if (check === 'right') {
    fitted.set(key, true)
    return true
  }
  if (check === 'unknown')
    logError(
      x,
      'error',
      `user "${name}": the password is hashed by a scheme that is not supported here; write it anew with {SSHA}, $apr1$, $6$ or bcrypt`,
    )
  logError(x, 'error', `user "${name}": password mismatch`)
  return false
}
