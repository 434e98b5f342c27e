import type { LogSeverity } from '../../status/log-entry.ts'

/** Mildest first, as in nginx's error_log. */
export const severities: readonly LogSeverity[] = [
  'debug',
  'info',
  'notice',
  'warn',
  'error',
  'crit',
  'alert',
  'emerg',
]

/** `error` and worse: something did not work. */
export function isLoud(severity: LogSeverity): boolean {
  return severities.indexOf(severity) >= severities.indexOf('error')
}
