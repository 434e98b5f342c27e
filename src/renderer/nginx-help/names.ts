/** The names a text declares, for offering them where they are used. Half-written text is read as far as it goes. */

export interface DeclaredNames {
  readonly upstreams: readonly string[]
  /** Zones of limit_req_zone, of limit_conn_zone, and of proxy_cache_path. */
  readonly requestZones: readonly string[]
  readonly connectionZones: readonly string[]
  readonly caches: readonly string[]
  /** Named locations, with their `@`. */
  readonly locations: readonly string[]
  readonly formats: readonly string[]
  /** Without their dollar. */
  readonly variables: readonly string[]
}

export function declaredNames(text: string): DeclaredNames {
  // A comment declares nothing; a # within a word is none.
  const plain = text.replace(/(^|[\s;{}])#[^\n]*/g, '$1')
  const all = (pattern: RegExp): string[] => [
    ...new Set([...plain.matchAll(pattern)].flatMap((match) => match[1] ?? [])),
  ]
  return {
    upstreams: all(/(?:^|[\s;{}])upstream\s+"?([^\s"{;]+)"?\s*\{/g),
    requestZones: all(/limit_req_zone\s[^;]*?zone=([^:;\s]+):/g),
    connectionZones: all(/limit_conn_zone\s[^;]*?zone=([^:;\s]+):/g),
    caches: all(/proxy_cache_path\s[^;]*?keys_zone=([^:;\s]+)/g),
    locations: all(/location\s+"?(@[^\s"{]+)"?\s*\{/g),
    formats: ['combined', ...all(/(?:^|[\s;{}])log_format\s+([^\s;]+)/g)],
    variables: [
      ...new Set([
        ...all(/(?:^|[\s;{}])set\s+\$(\w+)/g),
        ...all(/(?:^|[\s;{}])(?:map|split_clients)\s+(?:"[^"]*"|'[^']*'|\S+)\s+\$(\w+)/g),
        ...all(/(?:^|[\s;{}])geo\s+(?:\$\w+\s+)?\$(\w+)\s*\{/g),
        ...all(/auth_request_set\s+\$(\w+)/g),
        ...all(/\(\?(?:P?<|')([A-Za-z_]\w*)[>']/g),
      ]),
    ],
  }
}
