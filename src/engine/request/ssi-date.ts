/** `$date_local` and `$date_gmt` in the format that `<!--#config timefmt=... -->` asks for (ngx_http_ssi_date_gmt_local_variable). */
import type { Exchange } from './exchange.ts'

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = 'January February March April May June July August September October November December'.split(
  ' ',
)
const usual = '%A, %d-%b-%Y %H:%M:%S %Z'

/** Where a page says how it wants its times. */
export const timeFormatKey = 'ssi-timefmt'

export function ssiDate(x: Exchange, gmt: boolean): string {
  const now = x.cycle.clock.now()
  const format = (x.module?.get(timeFormatKey) as string | undefined) ?? usual
  if (format === '%s') return String(Math.floor(now / 1000))
  // A date whose UTC parts are those to be shown.
  const offset = gmt ? 0 : -new Date(now).getTimezoneOffset()
  return strftime(format, new Date(now + offset * 60_000), gmt, offset)
}

/** strftime in the C locale. */
function strftime(format: string, t: Date, gmt: boolean, offsetMinutes: number): string {
  return format.replace(/%(.)/gs, (all, letter: string) => {
    const show = parts[letter]
    if (show) return show(t)
    if (letter === 'Z') return gmt ? 'GMT' : zoneName(t, offsetMinutes)
    if (letter === 'z') return zoneOffset(offsetMinutes)
    if (letter === 's') return String(Math.floor(t.getTime() / 1000) - offsetMinutes * 60)
    return all
  })
}

const two = (n: number): string => String(n).padStart(2, '0')
const spaced = (n: number): string => String(n).padStart(2, ' ')
const twelve = (t: Date): number => t.getUTCHours() % 12 || 12
const day = (t: Date): string => days[t.getUTCDay()] ?? ''
const month = (t: Date): string => months[t.getUTCMonth()] ?? ''
const time = (t: Date): string =>
  `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
const half = (t: Date): string => (t.getUTCHours() < 12 ? 'AM' : 'PM')
const date = (t: Date): string =>
  `${two(t.getUTCMonth() + 1)}/${two(t.getUTCDate())}/${two(t.getUTCFullYear() % 100)}`
const dayOfYear = (t: Date): number =>
  Math.floor((t.getTime() - Date.UTC(t.getUTCFullYear(), 0, 1)) / 86_400_000)
const week = (t: Date, first: number): number =>
  Math.floor((dayOfYear(t) + 7 - ((t.getUTCDay() + 7 - first) % 7)) / 7)

const parts: Readonly<Record<string, (t: Date) => string>> = {
  '%': () => '%',
  n: () => '\n',
  t: () => '\t',
  A: day,
  a: (t) => day(t).slice(0, 3),
  B: month,
  b: (t) => month(t).slice(0, 3),
  h: (t) => month(t).slice(0, 3),
  C: (t) => two(Math.floor(t.getUTCFullYear() / 100)),
  c: (t) =>
    `${day(t).slice(0, 3)} ${month(t).slice(0, 3)} ${spaced(t.getUTCDate())} ${time(t)} ${t.getUTCFullYear()}`,
  D: date,
  d: (t) => two(t.getUTCDate()),
  e: (t) => spaced(t.getUTCDate()),
  F: (t) => `${t.getUTCFullYear()}-${two(t.getUTCMonth() + 1)}-${two(t.getUTCDate())}`,
  H: (t) => two(t.getUTCHours()),
  I: (t) => two(twelve(t)),
  j: (t) => String(dayOfYear(t) + 1).padStart(3, '0'),
  k: (t) => spaced(t.getUTCHours()),
  l: (t) => spaced(twelve(t)),
  M: (t) => two(t.getUTCMinutes()),
  m: (t) => two(t.getUTCMonth() + 1),
  p: half,
  R: (t) => `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`,
  r: (t) => `${two(twelve(t))}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())} ${half(t)}`,
  S: (t) => two(t.getUTCSeconds()),
  T: time,
  U: (t) => two(week(t, 0)),
  u: (t) => String(t.getUTCDay() || 7),
  W: (t) => two(week(t, 1)),
  w: (t) => String(t.getUTCDay()),
  X: time,
  x: date,
  Y: (t) => String(t.getUTCFullYear()),
  y: (t) => two(t.getUTCFullYear() % 100),
}

function zoneOffset(minutes: number): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`
}

function zoneName(t: Date, offsetMinutes: number): string {
  const at = new Date(t.getTime() - offsetMinutes * 60_000)
  return (
    new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
      .formatToParts(at)
      .find(({ type }) => type === 'timeZoneName')?.value ?? ''
  )
}
