/** The lower-case names a Vary field lists; spaces part as commas do. Source: ngx_http_file_cache_vary. */
export function varyNames(vary: string): string[] {
  return vary
    .toLowerCase()
    .split(/[ ,]+/)
    .filter((name) => name !== '')
}

/** Fields whose value is a list whose spacing says nothing. */
const lists: ReadonlySet<string> = new Set(['accept-charset', 'accept-encoding', 'accept-language'])

/**
 * What of a request chooses among the responses that a Vary field tells apart: requests with the same text get the
 * same stored response. `valuesOf` gives the request's values of a lower-case name. Source: ngx_http_file_cache_vary.
 */
export function variantOf(vary: string, valuesOf: (name: string) => readonly string[]): string {
  return varyNames(vary)
    .map((name) => {
      const values = valuesOf(name)
      return `${name}:${(lists.has(name) ? values.flatMap(members) : values).join(',')}\r\n`
    })
    .join('')
}

function members(value: string): string[] {
  return value.split(/[ ,]+/).filter((member) => member !== '')
}
