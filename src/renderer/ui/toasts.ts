/** What just happened, in one sentence, with the way back where there is one. */
import { defineStore } from 'pinia'
import { ref } from 'vue'

/** One message. */
export interface Toast {
  readonly id: number
  readonly tone: 'ok' | 'problem' | 'note'
  readonly text: string
  readonly action?: { readonly label: string; run(): void }
}

// 6 s: long enough to read two sentences and reach for Undo.
const shownMs = 6000

export const useToasts = defineStore('toasts', () => {
  const shown = ref<Toast[]>([])
  let next = 1

  /** Shows a message; a problem stays until it is dismissed. */
  function say(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): number {
    const tone = options.tone ?? 'ok'
    const toast: Toast = { id: next++, tone, text, ...(options.action && { action: options.action }) }
    // Three at most: more than that nobody reads.
    shown.value = [...shown.value.slice(-2), toast]
    if (tone !== 'problem') setTimeout(() => dismiss(toast.id), shownMs)
    return toast.id
  }

  function dismiss(id: number): void {
    shown.value = shown.value.filter((toast) => toast.id !== id)
  }

  return { shown, say, dismiss }
})
