/** Asks the host for something, and says in a toast when it could not be done. */
import { useToasts } from '../ui/toasts.ts'

/** The answer; `undefined` when it failed, which has then been said: `Could not start: …`. */
export async function ask<T>(attempt: string, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    useToasts().say(`Could not ${attempt}: ${why}`, { tone: 'problem' })
    return undefined
  }
}
