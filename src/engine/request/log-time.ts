/** Times as nginx's logs print them, made once a second. */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => String(n).padStart(2, '0')

function zone(date: Date, colon: string): string {
  const minutes = -date.getTimezoneOffset()
  const sign = minutes < 0 ? '-' : '+'
  const size = Math.abs(minutes)
  return `${sign}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`
}

function perSecond(format: (date: Date) => string): (ms: number) => string {
  let second = -1
  let text = ''
  return (ms) => {
    const now = Math.floor(ms / 1000)
    if (now !== second) {
      second = now
      text = format(new Date(now * 1000))
    }
    return text
  }
}

/** `21/Nov/2026:23:47:35 +0000` */
export const localTime = perSecond(
  (d) =>
    `${two(d.getDate())}/${months[d.getMonth()] ?? ''}/${d.getFullYear()}:${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())} ${zone(d, '')}`,
)

/** `2026-11-21T23:47:35+00:00` */
export const isoTime = perSecond(
  (d) =>
    `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}${zone(d, ':')}`,
)

/** `2026/11/21 23:47:35`, as the error log has it. */
export const errorLogTime = perSecond(
  (d) =>
    `${d.getFullYear()}/${two(d.getMonth() + 1)}/${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`,
)
