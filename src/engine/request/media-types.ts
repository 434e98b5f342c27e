import type { Answer } from './answer.ts'

/**
 * `gzip_types` and companions: the written types beside those that always count, or every type with `*`
 * (ngx_http_types_slot, ngx_http_merge_types).
 */
export function compileMediaTypes(
  written: readonly string[] | undefined,
  always: readonly string[],
): (answer: Answer) => boolean {
  if (written?.includes('*')) return () => true
  const types = new Set([...always, ...(written ?? []).map((type) => type.toLowerCase())])
  return (answer) => {
    const { mediaType } = answer
    return mediaType !== undefined && types.has(mediaType)
  }
}
