/** Severity, as in nginx's error log. */
export type LogSeverity = 'debug' | 'info' | 'notice' | 'warn' | 'error' | 'crit' | 'alert' | 'emerg'

/** One line of the error log. */
export interface LogEntry {
  readonly id: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly severity: LogSeverity
  readonly message: string
  /** The exchange it is about. */
  readonly exchange?: number
}
