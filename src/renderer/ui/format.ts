/** Numbers as people read them: a number and its unit apart, so that the unit can be lighter. */

/** `{ number: '128', unit: 'ms' }`. */
export interface Measure {
  readonly number: string
  readonly unit: string
}

/** Three significant digits, without an exponent: `0.42`, `9.1`, `128`. */
function digits(value: number): string {
  if (value === 0) return '0'
  if (value < 10) return value.toFixed(value < 0.995 ? 2 : 1)
  return String(Math.round(value))
}

/** A time span in milliseconds. */
export function measureDuration(ms: number): Measure {
  if (ms < 1000) return { number: digits(ms), unit: 'ms' }
  if (ms < 60_000) return { number: (ms / 1000).toFixed(ms < 10_000 ? 2 : 1), unit: 's' }
  if (ms < 3_600_000) return { number: digits(ms / 60_000), unit: 'min' }
  return { number: digits(ms / 3_600_000), unit: 'h' }
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size in bytes, in powers of 1024. */
export function measureBytes(bytes: number): Measure {
  let value = bytes
  let rank = 0
  while (value >= 1023.5 && rank < byteUnits.length - 1) {
    value /= 1024
    rank++
  }
  return { number: rank === 0 ? String(value) : digits(value), unit: byteUnits[rank] ?? 'B' }
}

/** Requests a second. */
export function measureRate(perSecond: number): Measure {
  if (perSecond >= 10_000) return { number: digits(perSecond / 1000), unit: 'k/s' }
  return { number: digits(perSecond), unit: '/s' }
}

/** A count, shortened from ten thousand on: `9,999`, `12.4 k`. */
export function measureCount(count: number): Measure {
  if (count < 10_000) return { number: count.toLocaleString('en'), unit: '' }
  if (count < 1_000_000) return { number: (count / 1000).toFixed(1), unit: 'k' }
  return { number: (count / 1_000_000).toFixed(1), unit: 'M' }
}

/** A measure as one text. */
export function inWords(measure: Measure): string {
  return measure.unit === '' || measure.unit.startsWith('/')
    ? measure.number + measure.unit
    : `${measure.number} ${measure.unit}`
}

/** `73 %`, of a fraction. */
export function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0')

/** `14:03:27.041`, local time. */
export function clockTime(at: number): string {
  const date = new Date(at)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`
}

/** `2026-03-01`, local. */
export function calendarDay(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

/** How long ago, in one short word: `now`, `12 s`, `4 min`, `3 h`, `2 d`. */
export function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  if (seconds < 2) return 'now'
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** `1 change`, `3 changes`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** Cuts a long text in the middle, keeping both ends. */
export function middleCut(text: string, most: number): string {
  if (text.length <= most) return text
  const head = Math.ceil((most - 1) * 0.6)
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`
}
