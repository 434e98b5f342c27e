/**
 * The Huffman code of HPACK, RFC 7541 Appendix B. It is canonical: codes of one length follow each other in
 * the order of their bytes, and the first of a length is the one after the last of the length before, with
 * zeros behind it. So the lengths say all of it.
 */

/** How many bits the code of each byte has, as digits to the base of 36. */
const lengthDigits = [
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca',
  'd67777777777777777777777878djde6f56565666577666567655677777fbeds',
  'kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn',
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq',
].join('')

/** Bits of the code of each byte. */
export const codeLengths = Uint8Array.from(lengthDigits, (digit) => parseInt(digit, 36))

const shortest = 5
const longest = 30
const byteCodes = new Uint32Array(256)
/** Bytes in the order of their codes. */
const byCode = new Uint8Array(256)
/** For each length: the first code of it, how many there are, and where they begin in `byCode`. */
const firstCode = new Uint32Array(longest + 1)
const codeCount = new Uint32Array(longest + 1)
const codeStart = new Uint32Array(longest + 1)

for (let length = shortest, code = 0, at = 0; length <= longest; length++, code *= 2) {
  firstCode[length] = code
  codeStart[length] = at
  for (let byte = 0; byte < 256; byte++) {
    if (codeLengths[byte] !== length) continue
    byteCodes[byte] = code++
    byCode[at++] = byte
  }
  codeCount[length] = at - (codeStart[length] ?? 0)
}

// The codes of nearly everything that is sent: found by their first bits at once. An entry is the length
// times 256 and the byte; 0: the code is longer.
const quickBits = 10
const quick = new Uint16Array(1 << quickBits)
for (let byte = 0; byte < 256; byte++) {
  const length = codeLengths[byte] ?? 0
  if (length > quickBits) continue
  const first = (byteCodes[byte] ?? 0) << (quickBits - length)
  quick.fill(length * 256 + byte, first, first + (1 << (quickBits - length)))
}

/** Bytes of the code of a text of bytes; `lower`: as if A to Z were a to z. */
export function encodedSize(text: string, from: number, to: number, lower: boolean): number {
  let bits = 0
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i)
    bits += codeLengths[lower && c >= 0x41 && c <= 0x5a ? c + 32 : c] ?? 0
  }
  return (bits + 7) >>> 3
}

/** Writes the code of a text of bytes; where it ends. The buffer must have room for `encodedSize`. */
export function encodeInto(
  buffer: Buffer,
  at: number,
  text: string,
  from: number,
  to: number,
  lower: boolean,
): number {
  let pending = 0
  let held = 0
  for (let i = from; i < to; i++) {
    let c = text.charCodeAt(i)
    if (lower && c >= 0x41 && c <= 0x5a) c += 32
    const length = codeLengths[c] ?? 0
    const code = byteCodes[c] ?? 0
    // At most 7 bits are held, so the two together may not fit in 32: a long code goes in two parts.
    if (length > 24) {
      const low = length - 16
      pending = (pending << 16) | (code >>> low)
      held += 16
      for (; held >= 8; held -= 8) buffer[at++] = pending >>> (held - 8)
      pending = (pending << low) | (code & ((1 << low) - 1))
      held += low
    } else {
      pending = (pending << length) | code
      held += length
    }
    for (; held >= 8; held -= 8) buffer[at++] = pending >>> (held - 8)
  }
  // What is left is filled with the first bits of the end's code, which are ones.
  if (held > 0) buffer[at++] = (pending << (8 - held)) | (0xff >>> held)
  return at
}

/** The longest text that so many bytes of code can stand for. */
export function decodedRoom(bytes: number): number {
  return Math.floor((bytes * 8) / shortest)
}

/** Decodes into another buffer, which must have room; where it ends, or −1 if it is not valid. */
export function decodeInto(target: Buffer, source: Buffer, start: number, end: number): number {
  let at = 0
  let pending = 0
  let held = 0
  let next = start
  for (;;) {
    while (held <= 24 && next < end) {
      pending = (pending << 8) | (source[next++] ?? 0)
      held += 8
    }
    if (held < shortest) break
    const peek =
      held >= quickBits ? (pending >>> (held - quickBits)) & 1023 : (pending << (quickBits - held)) & 1023
    const entry = quick[peek] ?? 0
    const length = entry >>> 8
    if (entry !== 0) {
      if (length > held) break
      target[at++] = entry & 255
      held -= length
      continue
    }
    if (held < quickBits && next >= end) break
    // Codes that are too long to be looked up are rare: bit by bit.
    const long = longCode(pending, held, source, next, end)
    if (long === undefined) break
    target[at++] = long.byte
    if (long.length <= held) held -= long.length
    else {
      const beyond = long.length - held
      next += Math.ceil(beyond / 8)
      held = (8 - (beyond % 8)) % 8
      pending = source[next - 1] ?? 0
    }
  }
  return isPadding(pending, held + 8 * (end - next)) ? at : -1
}

/**
 * Whether the rest is the beginning of the end's code, which is ones. It should be fewer than 8 bits; nginx
 * takes as many as are not the code itself.
 */
function isPadding(pending: number, left: number): boolean {
  // Fewer bits than that are all held.
  if (left >= longest) return false
  const ones = 2 ** left - 1
  return (pending & ones) === ones
}

function longCode(
  pending: number,
  held: number,
  source: Buffer,
  next: number,
  end: number,
): { byte: number; length: number } | undefined {
  let code = 0
  for (let length = 1; length <= longest; length++) {
    let bit: number
    if (length <= held) bit = (pending >>> (held - length)) & 1
    else {
      const beyond = length - held - 1
      const byte = next + (beyond >>> 3)
      if (byte >= end) return undefined
      bit = ((source[byte] ?? 0) >>> (7 - (beyond & 7))) & 1
    }
    code = code * 2 + bit
    const offset = code - (firstCode[length] ?? 0)
    if (length >= shortest && offset >= 0 && offset < (codeCount[length] ?? 0))
      return { byte: byCode[(codeStart[length] ?? 0) + offset] ?? 0, length }
  }
  return undefined
}
