/** Help with nginx text, as an editor asks for it. */
import type { AppliedBy, Context } from '../../config/directive.ts'
import type { Assist } from '../ui/code-editor.ts'
import { complete } from './complete.ts'
import type { DirectiveHelp } from './directive-help.ts'
import { explainPlace } from './explain-place.ts'

export const appliedWords: Readonly<Record<AppliedBy, string>> = {
  engine: 'The engine acts on it.',
  export: 'For the exported file only: it means something to a real nginx.',
  kept: 'Kept and exported, but nothing acts on it here.',
}

/**
 * `outer`: the context of the text's own top, where it is a piece of a file; `around` is then the whole file, whose
 * upstreams, zones and variables are offered as well.
 */
export function nginxAssist(outer?: Context, around: () => string = () => ''): Assist {
  return {
    complete: (text, offset, asked) => complete(text, offset, { asked, outer, around: around() }),
    explain(text, offset) {
      const found = explainPlace(text, offset, outer, around())
      if (!found) return undefined
      const { from, to, variable, directive } = found
      if (variable)
        return {
          from,
          to,
          lines: [`$${variable.name}`, variable.doc],
          ...(variable.link && { link: variable.link }),
        }
      return directive && { from, to, lines: linesOf(directive), link: directive.link }
    },
  }
}

function linesOf(help: DirectiveHelp): string[] {
  return [
    help.syntax,
    help.doc,
    ...(help.default === undefined ? [] : [`Default: ${help.default}`]),
    `In: ${help.contexts.join(', ')}`,
    appliedWords[help.applied],
  ]
}
