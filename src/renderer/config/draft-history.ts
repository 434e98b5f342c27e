/** Undo and redo of a draft: values, never commands. */
import type { Config } from '../../config/model.ts'

/** One state of the draft, and what led to it. */
export interface DraftStep {
  readonly config: Config
  /** `weight of 127.0.0.1:3001`. */
  readonly label: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What was, what is (the last of `past`), what could be again. */
export interface DraftHistory {
  readonly past: readonly DraftStep[]
  readonly future: readonly DraftStep[]
}

export const noHistory: DraftHistory = { past: [], future: [] }

// 100 steps: more than anybody takes back one by one. 800 ms: typing or dragging in one go is one step.
const longest = 100
const sameGoMs = 800

/** Adds a state. Edits of the same thing in quick succession are one step. */
export function record(history: DraftHistory, step: DraftStep): DraftHistory {
  const last = history.past.at(-1)
  const sameGo = last?.label === step.label && step.at - last.at < sameGoMs
  const past = sameGo ? history.past.slice(0, -1) : history.past
  return { past: [...past, step].slice(-longest), future: [] }
}

/** One step back; the first edit taken back leaves no past. */
export function undo({ past, future }: DraftHistory): DraftHistory {
  const last = past.at(-1)
  return last ? { past: past.slice(0, -1), future: [last, ...future] } : { past, future }
}

/** One step forth again. */
export function redo({ past, future }: DraftHistory): DraftHistory {
  const [next, ...rest] = future
  return next ? { past: [...past, next], future: rest } : { past, future }
}
