/** What a pressed key means. */

/** Whether a key pressed here is text that is being written. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable) return true
  return target.matches('input:not([type=range], [type=checkbox]), textarea, select, [role=textbox]')
}

/** Ctrl or, on a Mac, Command. */
export function withCommand(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey
}
