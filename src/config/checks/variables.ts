/** Every variable that is used is nginx's own or declared somewhere in the configuration (ngx_http_variables_init_vars). */
import type { Problem } from '../../base/problem.ts'
import type { Config, Http, Kept, RewriteStep } from '../model.ts'
import type { ConfigPath } from '../path.ts'
import type { Statement } from '../statement.ts'
import { isBuiltInVariable, isSettableVariable, namedGroups, variablesIn } from '../variables.ts'
import { blocksOf, eachOf, upstreamsOf, type BlockAt } from '../walk.ts'
import { mistake } from './problems.ts'

/** Fields whose texts may hold variables, from nginx's documentation; of a structure, the named parts only. */
const scripts: Readonly<Record<string, readonly string[] | 'all'>> = {
  root: 'all',
  alias: 'all',
  errorPage: ['uri'],
  tryFiles: 'all',
  limitRate: 'all',
  limitRateAfter: 'all',
  proxyPass: 'all',
  proxySetHeader: ['value'],
  proxySetBody: 'all',
  proxyMethod: 'all',
  proxyCache: 'all',
  proxyCacheKey: 'all',
  proxyCacheBypass: 'all',
  proxyNoCache: 'all',
  proxySslName: 'all',
  proxyRedirect: ['from', 'to'],
  proxyCookieDomain: ['from', 'to'],
  proxyCookiePath: ['from', 'to'],
  addHeader: ['value'],
  addTrailer: ['value'],
  expires: 'all',
  accessLog: ['path', 'if'],
  authBasic: 'all',
  authBasicUserFile: 'all',
  authRequestSet: ['value'],
  subFilter: 'all',
  sslCertificate: 'all',
  sslCertificateKey: 'all',
}

interface Use {
  readonly path: ConfigPath
  readonly text: string
}

interface Declaration {
  readonly path: ConfigPath
  readonly name: string
}

export function checkVariables(config: Config): Problem[] {
  const declarations = declarationsOf(config)
  const declared = new Set([...declarations.map(({ name }) => name), ...declaredElsewhere(config)])
  return [
    ...declarations
      .filter(({ name }) => !isSettableVariable(name))
      .map(({ name, path }) =>
        mistake(
          'duplicate-variable',
          path,
          `the duplicate "${name}" variable`,
          'nginx has this variable itself and it cannot be set; choose another name',
        ),
      ),
    ...usesOf(config).flatMap(({ text, path }) => checkText(text, path, declared)),
  ]
}

function checkText(text: string, path: ConfigPath, declared: ReadonlySet<string>): Problem[] {
  const found = variablesIn(text)
  if ('invalid' in found)
    return [
      mistake(
        'variable-syntax',
        path,
        found.invalid,
        'write $name or ${name}; a plain dollar cannot be written',
      ),
    ]
  const unknown = found.names.filter((name) => !declared.has(name) && !isBuiltInVariable(name))
  return [...new Set(unknown)].map((name) =>
    mistake(
      'unknown-variable',
      path,
      `unknown "${name}" variable`,
      'correct the name, or declare it with set or map',
    ),
  )
}

function declarationsOf(config: Config): Declaration[] {
  const { http } = config
  const tables = (['maps', 'geos', 'splitClients'] as const).flatMap((list) =>
    (http?.[list] ?? []).map(({ variable }, index) => ({
      path: ['http', list, String(index)],
      name: bare(variable),
    })),
  )
  const steps = blocksOf(config).flatMap((at) =>
    eachOf('rewrites', stepsOf(at), at.path).flatMap(([step, path]) =>
      step.directive === 'set' ? [{ path, name: bare(step.variable) }] : [],
    ),
  )
  return [...tables, ...steps]
}

/** Names of regular expressions' groups, of `auth_request_set`, and whatever directives that are only kept may declare. */
function declaredElsewhere(config: Config): string[] {
  const { http } = config
  const blocks = blocksOf(config)
  return [
    ...blocks.flatMap((at) => [
      ...('serverName' in at.block ? (at.block.serverName ?? []) : []).flatMap(namedGroups),
      ...(at.kind === 'location' ? namedGroups(at.block.pattern) : []),
      ...stepsOf(at).flatMap(groupsOfStep),
      ...('authRequestSet' in at.block ? (at.block.authRequestSet ?? []) : []).map(({ variable }) =>
        bare(variable),
      ),
      ...replacements.flatMap((field) => groupsOfReplacements(at.block, field)),
      ...keptNames(at.block),
    ]),
    ...(http?.maps ?? []).flatMap((map) =>
      map.entries.flatMap(([pattern]) => (pattern.startsWith('~') ? namedGroups(pattern) : [])),
    ),
    ...keptNames(config),
    ...upstreamsOf(config).flatMap(({ block }) => keptNames(block)),
  ]
}

const replacements = ['proxyRedirect', 'proxyCookieDomain', 'proxyCookiePath'] as const

function groupsOfReplacements(block: BlockAt['block'], field: (typeof replacements)[number]): string[] {
  const lines = field in block ? ((block as Http)[field] ?? []) : []
  return lines.flatMap((line) =>
    typeof line === 'object' && line.from.startsWith('~') ? namedGroups(line.from) : [],
  )
}

function groupsOfStep(step: RewriteStep): string[] {
  if (step.directive === 'rewrite') return namedGroups(step.regex)
  return step.directive === 'if' && step.condition.operator?.includes('~')
    ? namedGroups(step.condition.value ?? '')
    : []
}

function keptNames({ unhandled }: Kept): string[] {
  const names = ({ args, block }: Statement): string[] => [
    ...args.filter((arg) => /^\$\w+$/.test(arg)).map(bare),
    ...(block ?? []).flatMap(names),
  ]
  return (unhandled ?? []).flatMap(names)
}

function bare(variable: string): string {
  return variable.replace(/^\$/, '').toLowerCase()
}

function stepsOf(at: BlockAt): readonly RewriteStep[] {
  return 'rewrites' in at.block ? (at.block.rewrites ?? []) : []
}

function usesOf(config: Config): Use[] {
  return [
    ...blocksOf(config).flatMap((at) => [...usesOfFields(at), ...usesOfSteps(at)]),
    ...usesOfTables(config),
    ...upstreamsOf(config).flatMap(({ block, path }) =>
      block.hash ? [{ path: [...path, 'hash'], text: block.hash.key }] : [],
    ),
  ]
}

function usesOfFields({ block, path }: BlockAt): Use[] {
  return Object.entries(block).flatMap(([field, value]: [string, unknown]) => {
    const parts = scripts[field]
    if (parts === undefined || value === undefined) return []
    const each = Array.isArray(value) && typeof value[0] === 'object'
    const items: [ConfigPath, unknown][] = each
      ? value.map((item: unknown, index) => [[...path, field, String(index)], item])
      : [[[...path, field], value]]
    return items.flatMap(([at, item]) => textsOf(item, parts).map((text) => ({ path: at, text })))
  })
}

function textsOf(value: unknown, parts: readonly string[] | 'all'): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, parts))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    // What begins with ~ is a regular expression, whose dollars are its own.
    (parts === 'all' || parts.includes(name)) && !(name === 'from' && String(inner).startsWith('~'))
      ? textsOf(inner, 'all')
      : [],
  )
}

function usesOfSteps(at: BlockAt): Use[] {
  return eachOf('rewrites', stepsOf(at), at.path).flatMap(([step, path]) =>
    textsOfStep(step).map((text) => ({ path, text })),
  )
}

function textsOfStep(step: RewriteStep): string[] {
  switch (step.directive) {
    case 'rewrite':
      return [step.replacement]
    case 'return':
      return step.text === undefined ? [] : [step.text]
    case 'set':
      return [step.value]
    case 'if': {
      const { operand, operator, value } = step.condition
      return [operand, ...(value !== undefined && (operator === '=' || operator === '!=') ? [value] : [])]
    }
    case 'break':
      return []
  }
}

function usesOfTables({ http }: Config): Use[] {
  const of = (list: string, index: number, texts: readonly string[]): Use[] =>
    texts.map((text) => ({ path: ['http', list, String(index)], text }))
  return [
    ...(http?.maps ?? []).flatMap(({ source, entries }, index) =>
      of('maps', index, [source, ...entries.map(([, value]) => value)]),
    ),
    ...(http?.geos ?? []).flatMap(({ source }, index) =>
      of('geos', index, source === undefined ? [] : [source]),
    ),
    ...(http?.splitClients ?? []).flatMap(({ source }, index) => of('splitClients', index, [source])),
    ...(http?.logFormat ?? []).flatMap(({ format }, index) => of('logFormat', index, [format])),
    ...(http?.limitReqZone ?? []).flatMap(({ key }, index) => of('limitReqZone', index, [key])),
    ...(http?.limitConnZone ?? []).flatMap(({ key }, index) => of('limitConnZone', index, [key])),
  ]
}
