/**
 * nginx's measurement units. Inside the program a duration is milliseconds and a size is bytes;
 * `60s` and `10m` exist only in text.
 * Source: https://nginx.org/en/docs/syntax.html
 */

const timeUnits: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 365 * 24 * 3_600_000],
  ['M', 30 * 24 * 3_600_000],
  ['w', 7 * 24 * 3_600_000],
  ['d', 24 * 3_600_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]

/**
 * Milliseconds of an nginx time such as `1h30m` or `500ms`; units go from large to small, each at most
 * once, and a bare number is seconds. `undefined` when it is none (ngx_parse_time).
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(ms|[yMwdhms])?\s*)+$/.test(text)) return undefined
  let total = 0
  let rank = -1
  for (const [, digits, unit = 's'] of text.matchAll(/(\d+)(ms|[yMwdhms])?\s*/g)) {
    const at = timeUnits.findIndex(([name]) => name === unit)
    const ms = timeUnits[at]?.[1] ?? 0
    if (at <= rank) return undefined
    rank = at
    total += Number(digits) * ms
  }
  return Number.isSafeInteger(total) ? total : undefined
}

/** The shortest exact spelling of a duration: `90000` is `90s`, `3600000` is `1h`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  for (const [unit, size] of timeUnits.slice(3)) if (ms % size === 0) return `${ms / size}${unit}`
  return `${ms}ms`
}

const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** Bytes of an nginx size such as `8k` or `10m` (1024-based); `undefined` when it is none (ngx_parse_offset). */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)([kmg]?)$/i.exec(text)
  if (!match) return undefined
  const bytes = Number(match[1]) * (sizeUnits[(match[2] ?? '').toLowerCase()] ?? 1)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** The shortest exact spelling of a size: `10485760` is `10m`. */
export function formatSize(bytes: number): string {
  if (bytes === 0) return '0'
  for (const unit of ['g', 'm', 'k']) {
    const size = sizeUnits[unit] ?? 1
    if (bytes % size === 0) return `${bytes / size}${unit}`
  }
  return String(bytes)
}
