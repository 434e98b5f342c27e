/** Under which name a response is stored (ngx_http_file_cache_create_key, ngx_http_file_cache_vary). */
import { hash } from 'node:crypto'
import { variantOf } from '../../http/vary.ts'
import { fieldValue, type FieldLines } from '../wire/fields.ts'

/**
 * A cache knows a response by the text of its key, a variant of it by a hash in front of which stands what no
 * key begins with. A variant's hash is its file's name as well.
 */
const variantMark = '\0'

/** The hash of a key, or of a variant's text with it: 32 hexadecimal digits. */
function hashOf(text: string): string {
  return hash('md5', Buffer.from(text, 'latin1'), 'hex')
}

/** What of these request fields chooses among the variants that `vary` tells apart. */
export function variantHash(key: string, vary: string, fields: FieldLines): string {
  const valuesOf = (name: string): string[] =>
    fields.names.flatMap((each, i) => (each === name ? [fieldValue(fields, i)] : []))
  return hashOf(`${hashOf(key)}${variantOf(vary, valuesOf)}`)
}

/** The name in memory of a variant. */
export function variantName(hash: string): string {
  return variantMark + hash
}

/** The name of the file of what is known by this name in memory. */
export function fileHash(name: string): string {
  return name.startsWith(variantMark) ? name.slice(1) : hashOf(name)
}

/** The path of a file below the cache's folder; `levels`: how many characters each folder's name has. */
export function filePath(folder: string, levels: readonly number[], hash: string): string {
  let path = folder
  let end = hash.length
  for (const level of levels) {
    path += `/${hash.slice(end - level, end)}`
    end -= level
  }
  return `${path}/${hash}`
}
