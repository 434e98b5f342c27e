const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A time, in milliseconds since the epoch, as an IMF-fixdate. Source: RFC 9110 §5.6.7. */
export function formatHttpDate(timeMs: number): string {
  const t = new Date(timeMs)
  const day = `${days[t.getUTCDay()]}, ${two(t.getUTCDate())} ${months[t.getUTCMonth()]}`
  const clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
  return `${day} ${String(t.getUTCFullYear()).padStart(4, '0')} ${clock} GMT`
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n)
}
