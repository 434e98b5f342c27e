const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A time, in milliseconds since 1970, as an IMF-fixdate. Source: RFC 9110 §5.6.7. */
export function formatHttpDate(timeMs: number): string {
  const t = new Date(timeMs)
  const day = `${days[t.getUTCDay()]}, ${two(t.getUTCDate())} ${months[t.getUTCMonth()]}`
  const clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
  return `${day} ${String(t.getUTCFullYear()).padStart(4, '0')} ${clock} GMT`
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n)
}

interface Parts {
  readonly day?: string
  readonly month?: string
  readonly year?: string
  readonly hour?: string
  readonly minute?: string
  readonly second?: string
}

const clock = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)'

/** The three forms that RFC 9110 §5.6.7 asks to read; the day's name and what follows say nothing. */
const forms = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^[^ ,]*, *(?<day>\\d\\d) (?<month>...) (?<year>\\d{4}) ${clock}`),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^[^ ,]*, *(?<day>\\d\\d)-(?<month>...)-(?<year>\\d\\d) ${clock}`),
  // Sun Nov  6 08:49:37 1994
  new RegExp(`^[^ ,]* +(?<month>...). ?(?<day>\\d\\d?) ${clock} (?<year>\\d{4})`),
]

/** The time a Date-like field says, in milliseconds since 1970; undefined if none. Source: ngx_parse_http_time. */
export function parseHttpDate(text: string): number | undefined {
  for (const form of forms) {
    const parts: Parts | undefined = form.exec(text)?.groups
    if (parts !== undefined) return timeOf(parts)
  }
  return undefined
}

function timeOf(parts: Parts): number | undefined {
  const month = monthOf(parts.month ?? '')
  const day = Number(parts.day)
  const [hour, minute, second] = [Number(parts.hour), Number(parts.minute), Number(parts.second)]
  if (month === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  let year = Number(parts.year)
  // A year of two digits lies between 1970 and 2069.
  if (parts.year?.length === 2) year += year < 70 ? 2000 : 1900
  const t = new Date(0)
  t.setUTCFullYear(year, month, day)
  t.setUTCHours(hour, minute, second)
  // A day that the month does not have would have become one of the next.
  return t.getUTCDate() === day ? t.getTime() : undefined
}

/** nginx looks at no more letters than it takes to tell the months apart, and neither do those who send them. */
function monthOf(name: string): number | undefined {
  const at = [/^Ja/, /^F/, /^M.r/, /^Ap/, /^M/, /^J.n/, /^J/, /^A/, /^S/, /^O/, /^N/, /^D/].findIndex(
    (month) => month.test(name),
  )
  return at < 0 ? undefined : at
}
