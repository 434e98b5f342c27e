/**
 * People import what guides and `conf.d` hold: a `server`, a few `location`s, without the blocks around
 * them. Unlike nginx, which refuses these at the top of a main file, they are set where they belong.
 */
import type { Problem } from '../base/problem.ts'
import type { Statement } from '../config/statement.ts'
import { allowedIn } from './blocks.ts'

/** The statements with `http { }` and, where need be, `server { }` around those that belong there. */
export function completeFragment(statements: readonly Statement[]): {
  statements: readonly Statement[]
  problem?: Problem
} {
  const strayFor = (context: 'http' | 'server'): Statement | undefined =>
    statements.find(({ name }) => !allowedIn(name, 'main') && allowedIn(name, context))
  const stray = strayFor('http') ?? strayFor('server')
  if (!stray || statements.some(({ name }) => name === 'http' || name === 'events')) return { statements }

  const [main, others] = partition(
    statements,
    ({ name }) => allowedIn(name, 'main') && !allowedIn(name, 'http'),
  )
  const needsServer =
    !others.some(({ name }) => name === 'server') &&
    others.some(({ name }) => !allowedIn(name, 'http') && allowedIn(name, 'server'))
  const [inHttp, inServer] = partition(others, ({ name }) => !needsServer || !allowedIn(name, 'server'))
  const server: Statement[] = needsServer ? [{ name: 'server', args: [], block: inServer }] : []
  const around = needsServer ? 'http { server { } }' : 'http { }'
  return {
    statements: [...main, { name: 'http', args: [], block: [...inHttp, ...server] }],
    problem: {
      severity: 'note',
      code: 'fragment',
      message: `"${stray.name}" stands outside of any block; it is read as if it stood in ${around}`,
      ...stray.position,
    },
  }
}

function partition<T>(items: readonly T[], first: (item: T) => boolean): [T[], T[]] {
  return [items.filter(first), items.filter((item) => !first(item))]
}
