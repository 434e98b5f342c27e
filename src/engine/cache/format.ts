/**
 * The file of a stored response: a fixed part that is rewritten in place when the response is found
 * unchanged, the texts, the body. Both parts before the body carry a checksum and the file's length is told
 * in them, so that a file that is torn is known without reading its body.
 */
import { crc32 } from 'node:zlib'
import type { StoredHead, Validity } from './stored.ts'

const magic = 'SLGCACHE'
const version = 1

/** Bytes of the part that is rewritten. */
export const fixedSize = 80

const at = {
  version: 8,
  fixedSum: 12,
  textsSum: 16,
  textsLength: 20,
  status: 24,
  bodyLength: 32,
  freshUntil: 40,
  storedAt: 48,
  staleWhileRevalidate: 56,
  staleIfError: 64,
  lastModified: 72,
} as const

type Texts = Pick<StoredHead, 'key' | 'host' | 'vary' | 'variant' | 'etag' | 'text'>

/** Everything before the body. */
export function encodeHead(head: StoredHead): Buffer {
  const texts = encodeTexts(head)
  const bytes = Buffer.allocUnsafe(fixedSize + texts.length).fill(0, 0, fixedSize)
  bytes.write(magic, 0, 'latin1')
  bytes.writeUInt32LE(version, at.version)
  bytes.writeUInt32LE(crc32(texts), at.textsSum)
  bytes.writeUInt32LE(texts.length, at.textsLength)
  bytes.writeUInt16LE(head.status, at.status)
  bytes.writeDoubleLE(head.bodyLength, at.bodyLength)
  bytes.writeDoubleLE(head.lastModified, at.lastModified)
  putValidity(bytes, head)
  texts.copy(bytes, fixedSize)
  return bytes
}

/** Puts other times into the fixed part of a file. */
export function putValidity(fixed: Buffer, validity: Validity): void {
  fixed.writeDoubleLE(validity.freshUntil, at.freshUntil)
  fixed.writeDoubleLE(validity.storedAt, at.storedAt)
  fixed.writeDoubleLE(validity.staleWhileRevalidate, at.staleWhileRevalidate)
  fixed.writeDoubleLE(validity.staleIfError, at.staleIfError)
  fixed.writeUInt32LE(crc32(fixed.subarray(at.textsSum, fixedSize)), at.fixedSum)
}

/** Bytes of everything before the body, from the fixed part; undefined where that is damaged or foreign. */
export function headSize(fixed: Buffer): number | undefined {
  if (fixed.length < fixedSize || fixed.toString('latin1', 0, magic.length) !== magic) return undefined
  if (fixed.readUInt32LE(at.version) !== version) return undefined
  if (crc32(fixed.subarray(at.textsSum, fixedSize)) !== fixed.readUInt32LE(at.fixedSum)) return undefined
  return fixedSize + fixed.readUInt32LE(at.textsLength)
}

/** The head of a file of `fileSize` bytes whose first bytes these are; undefined where it is torn. */
export function decodeHead(bytes: Buffer, fileSize: number): StoredHead | undefined {
  const size = headSize(bytes)
  if (size === undefined || bytes.length < size) return undefined
  const bodyLength = number(bytes, at.bodyLength)
  if (fileSize !== size + bodyLength) return undefined
  const encoded = bytes.subarray(fixedSize, size)
  if (crc32(encoded) !== bytes.readUInt32LE(at.textsSum)) return undefined
  return {
    ...decodeTexts(encoded),
    status: bytes.readUInt16LE(at.status),
    bodyLength,
    freshUntil: number(bytes, at.freshUntil),
    storedAt: number(bytes, at.storedAt),
    staleWhileRevalidate: number(bytes, at.staleWhileRevalidate),
    staleIfError: number(bytes, at.staleIfError),
    lastModified: number(bytes, at.lastModified),
  }
}

// V8 gives what is read as a double memory of its own, whole numbers of 32 bits stand in the object: with 100,000
// entries that is what counts.
function number(bytes: Buffer, offset: number): number {
  const value = bytes.readDoubleLE(offset)
  const whole = value | 0
  return whole === value ? whole : value
}

const textNames = ['key', 'host', 'vary', 'variant', 'etag', 'text'] as const

// Each text with its length in front; bytes, one a character.
function encodeTexts(texts: Texts): Buffer {
  const total = textNames.reduce((sum, name) => sum + 4 + texts[name].length, 0)
  const bytes = Buffer.allocUnsafe(total)
  let next = 0
  for (const name of textNames) {
    next = bytes.writeUInt32LE(texts[name].length, next)
    next += bytes.write(texts[name], next, 'latin1')
  }
  return bytes
}

// The checksum has been compared: the lengths are what was written.
function decodeTexts(bytes: Buffer): Texts {
  const texts: Record<(typeof textNames)[number], string> = {
    key: '',
    host: '',
    vary: '',
    variant: '',
    etag: '',
    text: '',
  }
  let next = 0
  for (const name of textNames) {
    const length = bytes.readUInt32LE(next)
    texts[name] = bytes.toString('latin1', next + 4, next + 4 + length)
    next += 4 + length
  }
  return texts
}
