/** The line of a text at which a problem's path stands, so that it can be shown there. */
import { directiveNamed, directivesIn } from '../../config/directives.ts'
import { toPlaces } from '../../config/edit.ts'
import type { Config } from '../../config/model.ts'
import type { ConfigPath } from '../../config/path.ts'
import type { Statement } from '../../config/statement.ts'
import type { Context } from '../../config/directive.ts'

const lists: Readonly<Record<string, { name: string; context: Context }>> = {
  servers: { name: 'server', context: 'server' },
  locations: { name: 'location', context: 'location' },
  upstreams: { name: 'upstream', context: 'upstream' },
}

/** As near as it can be told: the directive, else the block it is in. `statements` is what `config` was read from. */
export function lineOf(
  config: Config,
  statements: readonly Statement[],
  path: ConfigPath,
): number | undefined {
  const places = toPlaces(config, path) ?? toPlaces(config, path.slice(0, -1))
  if (!places) return undefined
  let inside = statements
  let context: Context = 'main'
  let line: number | undefined
  for (let at = 0; at < places.length; at++) {
    const segment = String(places[at])
    const list = lists[segment]
    const place = places[at + 1]
    let found: Statement | undefined
    if (list && typeof place === 'number') {
      found = inside.filter(({ name }) => name === list.name)[place]
      context = list.context
      at++
    } else if (segment === 'http' || segment === 'events') {
      found = inside.find(({ name }) => name === segment)
      context = segment
    } else {
      const directive = directivesIn(context).find(({ field }) => field === segment)?.directive
      const own = inside.filter(
        ({ name }) => directive && directiveNamed(name, context)?.directive === directive,
      )
      found = (typeof place === 'number' ? own[place] : undefined) ?? own[0]
      return found?.position?.line ?? line
    }
    if (!found) return line
    line = found.position?.line ?? line
    inside = found.block ?? []
  }
  return line
}
