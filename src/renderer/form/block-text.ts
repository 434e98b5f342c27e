/** The nginx text of exactly one block, and a block from such text. */
import type { Problem } from '../../base/problem.ts'
import type { Config, Location, Server, Upstream } from '../../config/model.ts'
import { resolvePath, type ConfigPath } from '../../config/path.ts'
import { parse } from '../../nginx/parser.ts'
import { print } from '../../nginx/printer.ts'
import { readConfig } from '../../nginx/read.ts'
import { writeConfig } from '../../nginx/write.ts'
import type { Statement } from '../../config/statement.ts'
import { contextOf } from './inherited.ts'

type Block = Server | Location | Upstream
type BlockKind = 'server' | 'location' | 'upstream'

/** The text of the server, location or upstream a path points at; empty when there is none. */
export function blockText(config: Config, path: ConfigPath): string {
  const block = resolvePath(config, path) as Block | undefined
  if (!block) return ''
  return print(statementsOf(contextOf(path) as BlockKind, block))
}

/** The block a text says; with problems that forbid it, `block` is absent. */
export function readBlockText(
  text: string,
  kind: BlockKind,
): { readonly block?: Block; readonly problems: readonly Problem[] } {
  const parsed = parse(text, 'this block')
  if (parsed.problem) return { problems: [parsed.problem] }
  const [only] = parsed.statements
  if (parsed.statements.length !== 1 || only?.name !== kind)
    return {
      problems: [
        {
          severity: 'error',
          code: 'not-one-block',
          message: `this is not one ${kind} block`,
          fix: 'keep its head and its braces',
        },
      ],
    }
  const read = readConfig(wrap(kind, only))
  const block = blockIn(kind, read.config)
  const problems = read.problems.map(({ path: _path, ...problem }) => problem)
  if (!block || problems.some((problem) => problem.severity === 'error')) return { problems }
  return { block, problems }
}

function statementsOf(kind: BlockKind, block: Block): readonly Statement[] {
  const inHttp = (http: Config['http']): readonly Statement[] =>
    writeConfig({ http }).find((statement) => statement.name === 'http')?.block ?? []
  switch (kind) {
    case 'server':
      return inHttp({ servers: [block as Server] })
    case 'upstream':
      return inHttp({ upstreams: [block as Upstream] })
    case 'location':
      return inHttp({ servers: [{ locations: [block as Location] }] })[0]?.block ?? []
  }
}

function wrap(kind: BlockKind, statement: Statement): Statement[] {
  const inner: Statement = kind === 'location' ? { name: 'server', args: [], block: [statement] } : statement
  return [{ name: 'http', args: [], block: [inner] }]
}

function blockIn(kind: BlockKind, config: Config): Block | undefined {
  switch (kind) {
    case 'server':
      return config.http?.servers?.[0]
    case 'upstream':
      return config.http?.upstreams?.[0]
    case 'location':
      return config.http?.servers?.[0]?.locations?.[0]
  }
}
