/** A target for a narrow column: what the location matched is dimmed, the end stays in sight. */

export interface PathParts {
  /** What the location's prefix matched. */
  readonly matched: string
  /** May be cut at its end. */
  readonly head: string
  /** Always in sight. */
  readonly tail: string
}

// 18 characters: a file name or the last two segments, mostly.
const tailLength = 18

export function pathParts(target: string, location: string | undefined): PathParts {
  const prefix = location?.replace(/^(=|\^~) /, '') ?? ''
  const matched = prefix.length > 1 && target.startsWith(prefix) ? prefix : ''
  const rest = target.slice(matched.length)
  const cut = rest.length > tailLength * 2 ? rest.length - tailLength : rest.length
  return { matched, head: rest.slice(0, cut), tail: rest.slice(cut) }
}
