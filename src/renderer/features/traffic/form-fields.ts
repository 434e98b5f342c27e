/** Forms taken apart: urlencoded ones, and multipart ones (RFC 7578). */

export interface FormPart {
  readonly name: string
  readonly value: string
  /** Of a file: its name, type and size in bytes. */
  readonly file?: { readonly name: string; readonly type: string; readonly size: number }
}

/** `a=1&b=%20` as names and values; what is no proper escape stays as it is. */
export function urlencodedFields(text: string): FormPart[] {
  if (text.trim() === '') return []
  return text.split('&').map((pair) => {
    const equals = pair.indexOf('=')
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    return { name: unescaped(name), value: unescaped(value) }
  })
}

function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** The parts of a multipart body; undefined where there is no boundary. The last one may be cut off. */
export function multipartFields(bytes: Uint8Array, contentType: string): FormPart[] | undefined {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType)?.slice(1).find(Boolean)
  if (boundary === undefined) return undefined
  const text = new TextDecoder('latin1').decode(bytes)
  return text
    .split(`--${boundary}`)
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .map(partOf)
}

function partOf(part: string): FormPart {
  const end = part.indexOf('\r\n\r\n')
  const head = end < 0 ? part : part.slice(0, end)
  const content = end < 0 ? '' : part.slice(end + 4).replace(/\r\n$/, '')
  const parameter = (name: string): string | undefined =>
    utf8(new RegExp(`[;\\s]${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(head)?.[1])
  const name = parameter('name') ?? ''
  const fileName = parameter('filename')
  if (fileName === undefined) return { name, value: utf8(content) ?? '' }
  const type = /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? 'application/octet-stream'
  return { name, value: '', file: { name: fileName, type, size: content.length } }
}

function utf8(latin: string | undefined): string | undefined {
  return latin === undefined
    ? undefined
    : new TextDecoder().decode(Uint8Array.from(latin, (c) => c.charCodeAt(0)))
}
