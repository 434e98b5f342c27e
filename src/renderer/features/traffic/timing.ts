/** The time of one exchange as bars: its phases, then each attempt with what it spent its time on. */
import type { ExchangeDetail } from '../../../status/exchange-record.ts'

/** A span on the exchange's own time line, in milliseconds from its start. */
export interface Bar {
  readonly name: string
  readonly startMs: number
  readonly durationMs: number
  readonly kind: 'phase' | 'connect' | 'wait' | 'receive' | 'failed'
  /** What there is to say about it. */
  readonly note?: string
}

/**
 * Attempts follow each other from where the content phase begins: what was not reached has no bar.
 * Within an attempt: until connected, until the head of the answer, until its end.
 */
export function timingBars(detail: ExchangeDetail): Bar[] {
  const phases = detail.phases.map((phase): Bar => ({ ...phase, kind: 'phase' }))
  const bars = [...phases]
  let at = detail.phases.find((phase) => phase.name === 'content')?.startMs ?? 0
  for (const [index, attempt] of detail.attempts.entries()) {
    const name = `${attempt.peer}${detail.attempts.length > 1 ? `, attempt ${index + 1}` : ''}`
    const note = attempt.error ?? (attempt.reused ? 'kept connection' : 'new connection')
    const connected = attempt.connectMs ?? 0
    const headed = attempt.headerMs ?? attempt.responseMs
    if (attempt.error !== undefined && attempt.headerMs === undefined)
      bars.push({ name, startMs: at, durationMs: attempt.responseMs, kind: 'failed', note })
    else {
      if (connected > 0)
        bars.push({ name: `${name}: connecting`, startMs: at, durationMs: connected, kind: 'connect', note })
      bars.push({
        name: `${name}: waiting`,
        startMs: at + connected,
        durationMs: Math.max(0, headed - connected),
        kind: 'wait',
        note,
      })
      bars.push({
        name: `${name}: receiving`,
        startMs: at + headed,
        durationMs: Math.max(0, attempt.responseMs - headed),
        kind: 'receive',
        note,
      })
    }
    at += attempt.responseMs
  }
  return bars
}
