/** Base64 as strict as nginx reads it (ngx_decode_base64): undefined where it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  const end = text.indexOf('=')
  const digits = end < 0 ? text : text.slice(0, end)
  return /^[A-Za-z0-9+/]*$/.test(digits) && digits.length % 4 !== 1
    ? Buffer.from(digits, 'base64')
    : undefined
}
