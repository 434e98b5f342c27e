/** What a body is, from what its field says and what it begins with; decides how it can be shown. */

export type BodyFormat = 'json' | 'markup' | 'form' | 'multipart' | 'image' | 'text' | 'hex'

export const formatNames: Readonly<Record<BodyFormat, string>> = {
  json: 'JSON',
  markup: 'Markup',
  form: 'Form',
  multipart: 'Parts',
  image: 'Image',
  text: 'Text',
  hex: 'Hex',
}

/** Ways to show it, the best one first. */
export function formatsOf(contentType: string | undefined, bytes: Uint8Array): BodyFormat[] {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  const image = imageType(type, bytes)
  if (image !== undefined)
    return image === 'image/svg+xml' ? ['image', 'markup', 'text', 'hex'] : ['image', 'hex']
  if (looksBinary(bytes)) return ['hex', 'text']
  if (/[/+]json$|^application\/(x-ndjson|json-seq|csp-report|reports\+json)$/.test(type))
    return ['json', 'text', 'hex']
  if (/[/+](html|xml)$/.test(type)) return ['markup', 'text', 'hex']
  if (type === 'application/x-www-form-urlencoded') return ['form', 'text', 'hex']
  if (type === 'multipart/form-data' || type === 'multipart/mixed') return ['multipart', 'text', 'hex']
  // What says nothing of itself is looked at.
  const start = firstCharacter(bytes)
  if ((type === '' || type === 'text/plain') && (start === '{' || start === '['))
    return ['json', 'text', 'hex']
  if (type === '' && start === '<') return ['markup', 'text', 'hex']
  return ['text', 'hex']
}

const signatures: readonly (readonly [type: string, offset: number, bytes: readonly number[]])[] = [
  ['image/png', 0, [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['image/gif', 0, [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', 8, [0x57, 0x45, 0x42, 0x50]],
  ['image/avif', 4, [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66]],
  ['image/x-icon', 0, [0, 0, 1, 0]],
]

/** The type of an image, by its first bytes; an SVG by what it says, for it is text. */
export function imageType(type: string, bytes: Uint8Array): string | undefined {
  if (type === 'image/svg+xml') return type
  return signatures.find(([, offset, wanted]) => wanted.every((byte, i) => bytes[offset + i] === byte))?.[0]
}

// 512 bytes: text that is none shows itself early.
function looksBinary(bytes: Uint8Array): boolean {
  const seen = bytes.subarray(0, 512)
  let odd = 0
  for (const byte of seen) {
    if (byte === 0) return true
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 27) odd++
  }
  return odd > seen.length / 20
}

function firstCharacter(bytes: Uint8Array): string {
  for (const byte of bytes.subarray(0, 64)) if (byte > 32) return String.fromCharCode(byte)
  return ''
}

/** The text of a body, in the charset its field names; UTF-8 where that is unknown. */
export function textOf(bytes: Uint8Array, contentType: string | undefined): string {
  const charset = /charset="?([^\s;"]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    // A charset nobody knows: most of it is readable all the same.
    return new TextDecoder().decode(bytes)
  }
}

/** Bytes of a base64 text. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** Base64 of a text's UTF-8. */
export function base64Of(text: string): string {
  let latin = ''
  for (const byte of new TextEncoder().encode(text)) latin += String.fromCharCode(byte)
  return btoa(latin)
}
