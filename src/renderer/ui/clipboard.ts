import { useToasts } from './toasts.ts'

/** Copies a text, and says so. */
export async function copyText(what: string, text: string): Promise<void> {
  const toasts = useToasts()
  try {
    await navigator.clipboard.writeText(text)
    toasts.say(`${what} copied.`)
  } catch {
    toasts.say('The clipboard is not open to this page; select the text and copy it.', { tone: 'problem' })
  }
}
