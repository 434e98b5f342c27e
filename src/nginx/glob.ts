/**
 * The wildcards of `include`, as glob(3) has them without flags: `*`, `?` and `[…]` match within one
 * folder, a leading dot only matches a written one, and a backslash takes the wildcard's meaning away.
 */

/** Whether nginx looks for several files (ngx_conf_include) instead of opening the one of that name. */
export function isGlob(name: string): boolean {
  return /[*?[]/.test(name)
}

/** Whether a path is one the pattern means. */
export function matchGlob(pattern: string, path: string): boolean {
  const segments = pattern.split('/')
  const names = path.split('/')
  return segments.length === names.length && segments.every((s, at) => matchSegment(s, names[at] ?? ''))
}

/**
 * The paths a pattern means, in the order of glob(3). `list` says the names in a folder (`''` is the
 * working folder), and none for what is not a readable folder.
 */
export function expandGlob(pattern: string, list: (folder: string) => readonly string[]): string[] {
  const segments = pattern.split('/')
  const last = segments.length - 1
  let folders = ['']
  for (const [at, segment] of segments.entries()) {
    folders = folders.flatMap((folder) => {
      const names =
        segment === '' && at < last ? [''] : list(folder).filter((name) => matchSegment(segment, name))
      return names.map((name) => folder + name + (at < last ? '/' : ''))
    })
  }
  return folders.sort(byCodeUnit)
}

/** glob(3) sorts by bytes in the C locale, which nginx runs in. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** `*`, or what one character must be. */
type Unit = '*' | ((char: string) => boolean)

/** Whether one name is meant by one segment of a pattern; goes back only to the last `*`, so time stays square. */
function matchSegment(segment: string, name: string): boolean {
  if (name.startsWith('.') && /^[*?[]/.test(segment)) return false
  const units = unitsOf(segment)
  const chars = [...name]
  let unit = 0
  let star: number | undefined
  let starAt = 0
  let at = 0
  while (at < chars.length) {
    const expected = units[unit]
    if (expected === '*') {
      star = unit++
      starAt = at
    } else if (expected?.(chars[at] ?? '')) {
      unit++
      at++
    } else if (star !== undefined) {
      unit = star + 1
      at = ++starAt
    } else {
      return false
    }
  }
  return units.slice(unit).every((rest) => rest === '*')
}

function unitsOf(segment: string): Unit[] {
  const tokens = segment.matchAll(/\\(.)|\[([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]|([*?])|(.)/gsu)
  return [...tokens].map(([, escaped, not, set, wildcard, char]): Unit => {
    if (wildcard === '*') return '*'
    if (wildcard === '?') return () => true
    if (set !== undefined) return (c) => inSet(set, c) !== (not !== '')
    return (c) => c === (escaped ?? char)
  })
}

const classes: Readonly<Record<string, RegExp>> = {
  alpha: /[A-Za-z]/,
  digit: /\d/,
  alnum: /[A-Za-z\d]/,
  lower: /[a-z]/,
  upper: /[A-Z]/,
  space: /\s/,
  punct: /[!-/:-@[-`{-~]/,
  xdigit: /[A-Fa-f\d]/,
}

/** `a-z0-9_`, `[:digit:]`. */
function inSet(set: string, char: string): boolean {
  for (const [, name, from, to, one] of set.matchAll(/\[:(\w+):\]|(.)-(.)|(.)/gsu)) {
    if (name !== undefined && classes[name]?.test(char)) return true
    if (from !== undefined && to !== undefined && char >= from && char <= to) return true
    if (one === char) return true
  }
  return false
}
