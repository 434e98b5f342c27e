/** Keys of limits as text that people can read and that stands for one key only. */
import { formatIpAddress, parseIpAddress } from '../../base/ip-address.ts'

const binaryAddress = '$binary_remote_addr'

/** `source` is the key as the configuration has it; `bytes` one byte a character. */
export function keyText(source: string, bytes: string): string {
  const address = Buffer.from(bytes, 'latin1')
  if (isBinaryAddress(source) && (address.length === 4 || address.length === 16))
    return formatIpAddress(address)
  return bytes.replace(/[\\]|[^ -~]/g, (c) =>
    c === '\\' ? '\\\\' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** The bytes of a key that keyText made. */
export function keyBytes(source: string, text: string): string {
  const address = isBinaryAddress(source) ? parseIpAddress(text) : undefined
  if (address) return Buffer.from(address).toString('latin1')
  return text.replace(/\\(?:x([0-9a-f]{2})|\\)/g, (_all, hex: string | undefined) =>
    hex === undefined ? '\\' : String.fromCharCode(parseInt(hex, 16)),
  )
}

/** How many bytes a key has, as far as its source tells: to say how many fit before there is one. */
export function keyLength(source: string): number {
  return isBinaryAddress(source) ? 4 : 16
}

function isBinaryAddress(source: string): boolean {
  return source.replace(/[{}]/g, '') === binaryAddress
}
