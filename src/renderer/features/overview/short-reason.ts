/** A failure in a word or two, as it fits on a line of the map; the whole sentence stands in the list above. */

const words: readonly (readonly [RegExp, string])[] = [
  [/refused|\b111\b/i, 'refused'],
  [/timed out|\b110\b/i, 'timed out'],
  [/could not be resolved|host not found/i, 'no such name'],
  [/prematurely closed|closed connection/i, 'closed early'],
  [/reset by peer|\b104\b/i, 'reset'],
  [/no live upstreams/i, 'nobody left'],
  [/no route|unreachable/i, 'unreachable'],
  [/certificate|SSL|handshake/i, 'TLS failed'],
  [/answered (\d{3})/, ''],
]

export function shortReason(failure: string): string {
  for (const [pattern, word] of words) {
    const found = pattern.exec(failure)
    if (found) return word || (found[1] ?? '')
  }
  return 'failed'
}
