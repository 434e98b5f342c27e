/** A draft survives a reload of the page: it is kept in this window until it is applied or discarded. */
import type { Config } from '../../config/model.ts'
import type { ConfigState } from '../../contract/configuration.ts'

export interface KeptDraft {
  readonly base: ConfigState
  readonly draft: Config
}

const key = 'sluicegate.draft'

export function keepDraft(kept: KeptDraft): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(kept))
  } catch {
    // Storage is forbidden or full: the draft then lives as long as the page.
  }
}

export function forgetDraft(): void {
  try {
    sessionStorage.removeItem(key)
  } catch {
    // Then there is none either.
  }
}

export function keptDraft(): KeptDraft | undefined {
  try {
    const text = sessionStorage.getItem(key)
    return text === null ? undefined : (JSON.parse(text) as KeptDraft)
  } catch {
    // Forbidden, or written by another version: begin without.
    return undefined
  }
}
