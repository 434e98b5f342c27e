/** The name and the password of `Authorization: Basic` (ngx_http_auth_basic_user). */
import { firstValue } from '../wire/fields.ts'
import { decodeBase64 } from './base64.ts'
import type { Exchange } from './exchange.ts'

/** What a client says it is; bytes, one a character. */
export interface BasicUser {
  readonly name: string
  readonly password: string
}

/** Undefined where none is told, or no name. */
export function basicUser(x: Exchange): BasicUser | undefined {
  const encoded = /^basic  *(.*)$/is.exec(firstValue(x.head.fields, 'authorization') ?? '')?.[1]
  const text = encoded ? decodeBase64(encoded)?.toString('latin1') : undefined
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon <= 0) return undefined
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
