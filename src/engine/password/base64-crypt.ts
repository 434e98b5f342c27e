/** The digits of crypt(3), lowest first. */
const digits = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** `count` digits of a number, its lowest six bits first (ngx_crypt_to64). */
export function toDigits(value: number, count: number): string {
  let text = ''
  for (let i = 0; i < count; i++) text += digits[(value >>> (6 * i)) & 63] ?? ''
  return text
}

/** What a digit stands for; -1: it is none. */
export function digitValue(digit: string): number {
  return digit === '' ? -1 : digits.indexOf(digit)
}
