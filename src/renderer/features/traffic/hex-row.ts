/** Sixteen bytes of a body as a hex editor shows them. */

export const bytesInRow = 16

export interface HexRow {
  readonly offset: string
  readonly hex: string
  readonly text: string
}

export function hexRow(bytes: Uint8Array, row: number): HexRow {
  const start = row * bytesInRow
  const part = bytes.subarray(start, start + bytesInRow)
  const pairs = Array.from(part, (byte) => byte.toString(16).padStart(2, '0'))
  const left = pairs.slice(0, 8).join(' ')
  const right = pairs.slice(8).join(' ')
  return {
    offset: start.toString(16).padStart(8, '0'),
    hex: `${left.padEnd(23)}  ${right.padEnd(23)}`,
    text: Array.from(part, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join(''),
  }
}
