/** Keys that work everywhere in the window. What a key does is also somewhere to be clicked. */
import { onScopeDispose } from 'vue'
import { useRouter } from 'vue-router'
import { useConfig } from '../config/config.store.ts'
import { pageKey, pages } from '../router.ts'
import { isWriting, withCommand } from '../ui/keys.ts'

export function useShortcuts({ openPalette, showKeys }: { openPalette(): void; showKeys(): void }): void {
  const router = useRouter()
  const config = useConfig()

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented) return
    if (event.key === '?' && !withCommand(event) && !isWriting(event.composedPath()[0] ?? null)) {
      event.preventDefault()
      showKeys()
      return
    }
    if (!withCommand(event) || event.altKey) return
    if (event.key.toLowerCase() === 'k') {
      event.preventDefault()
      openPalette()
      return
    }
    const page = pages.find((one, index) => pageKey(one.name, index) === event.key)
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
