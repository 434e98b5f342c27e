/** What somebody who imports has to think of a directive, in a sentence. */
import type { ImportLine } from '../../../contract/configuration.ts'
import { isKnown } from '../../../nginx/blocks.ts'

export function whatToDo({ directive, outcome }: ImportLine): string {
  if (outcome === 'applied') return ''
  if (outcome === 'export') return 'Nothing to do: it is in the exported file, where it means something.'
  return isKnown(directive)
    ? 'Routes that depend on it behave otherwise here; in production they are as before.'
    : "No module of nginx 1.22's own has it: leave it if production has its module, else take it out."
}
