import type { Problem } from '../base/problem.ts'
import type { Config } from '../config/model.ts'

/** nginx wants an `events` block and says so when everything was read (ngx_event_init_conf). */
export function missingEvents(config: Config): Problem[] {
  if (config.events) return []
  return [
    {
      severity: 'error',
      code: 'no-events',
      message: 'no "events" section in configuration',
      fix: 'add events { }',
    },
  ]
}
