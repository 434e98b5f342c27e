/** Dark, light, or what the system says; set on the root element, where tokens.css reads it. */
import { computed, readonly, ref, watchEffect, type ComputedRef, type Ref } from 'vue'
import { remembered } from '../ui/remembered.ts'

/** What somebody chose. */
export type ThemeChoice = 'dark' | 'light' | 'system'

export const themeChoices: readonly ThemeChoice[] = ['system', 'dark', 'light']

const choice = remembered<ThemeChoice>('theme', 'system')
const query = window.matchMedia('(prefers-color-scheme: light)')
const systemIsLight = ref(query.matches)
query.addEventListener('change', () => (systemIsLight.value = query.matches))

const shown = computed<'dark' | 'light'>(() =>
  choice.value === 'system' ? (systemIsLight.value ? 'light' : 'dark') : choice.value,
)

/** Keeps the document in the chosen theme; called once, before anything is drawn. */
export function applyTheme(): void {
  watchEffect(
    () => {
      document.documentElement.dataset['theme'] = shown.value
    },
    { flush: 'sync' },
  )
}

/** The choice, to be changed, and what it comes to. */
export function useTheme(): { choice: Ref<ThemeChoice>; shown: ComputedRef<'dark' | 'light'> } {
  return { choice, shown: readonly(shown) as ComputedRef<'dark' | 'light'> }
}
