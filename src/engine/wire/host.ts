import { lowerText } from './field-names.ts'

/**
 * The name a server is looked up by, from a Host field or the host of an absolute-form target: lower case,
 * without port and final dot. Undefined if it is not one (400). Source: ngx_http_validate_host.
 */
export function validHost(host: string): string | undefined {
  const length = host.length
  let lastDot = length
  let end = length
  let literal = false
  let rest = false
  let upper = false
  for (let i = 0; i < length; i++) {
    const c = host.charCodeAt(i)
    if (c >= 0x61 && c <= 0x7a) continue
    if (c === 0x2e) {
      if (lastDot === i - 1) return undefined
      lastDot = i
    } else if (c === 0x3a) {
      if (!literal && !rest) {
        end = i
        rest = true
      }
    } else if (c === 0x5b) {
      if (i === 0) literal = true
    } else if (c === 0x5d) {
      if (literal) {
        end = i + 1
        literal = false
        rest = true
      }
    } else if (c <= 0x20 || c === 0x2f || c === 0x7f) return undefined
    else if (c >= 0x41 && c <= 0x5a) upper = true
  }
  if (lastDot === end - 1) end--
  if (end <= 0) return undefined
  const name = end === length ? host : host.slice(0, end)
  return upper ? lowerText(name) : name
}
