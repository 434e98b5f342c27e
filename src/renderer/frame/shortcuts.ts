/** Keys that work everywhere in the window. What a key does is also somewhere to be clicked. */
import { onScopeDispose } from 'vue'
import { useRouter } from 'vue-router'
import { useConfig } from '../config/config.store.ts'
import { pages } from '../router.ts'

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

export function useShortcuts(): void {
  const router = useRouter()
  const config = useConfig()

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || !withCommand(event) || event.altKey) return
    const page = /^[1-9]$/.test(event.key) ? pages[Number(event.key) - 1] : undefined
    if (page) {
      event.preventDefault()
      void router.push(page.path)
      return
    }
    // An editor within a shadow root is known by its path only.
    const [inner = null] = event.composedPath()
    if (event.key === 'Enter' && config.draft && !config.conflict) {
      event.preventDefault()
      void config.apply()
    } else if (event.key.toLowerCase() === 'z' && !isWriting(inner)) {
      event.preventDefault()
      if (event.shiftKey) config.redo()
      else config.undo()
    }
  }

  window.addEventListener('keydown', onKey)
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}
