/** The directives that open a block: where they may stand, what their head says, what is read inside. */
import { Invalid, type AppliedBy, type Context } from '../config/directive.ts'
import { directiveNamed, directives, upstreamTable } from '../config/directives.ts'
import type { Kept, LimitExcept } from '../config/model.ts'
import { isLocationHead, nestingProblem, readLocationHead } from './location-head.ts'
import { isStepName, stepArity } from './rewrite-steps.ts'
import { charsetTable, geoTable, mapTable, splitClientsTable, type Table } from './table-blocks.ts'

interface BlockBase {
  readonly contexts: readonly Context[]
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number]
  readonly applied: AppliedBy
}

/** A block of directives, held in a field of the block around it; with `list`, one of several. */
export interface InnerBlock extends BlockBase {
  readonly kind: 'inner'
  readonly field: string
  readonly list: boolean
  /** The context of the directives inside. */
  readonly context: Context
  /** `around` is the block it stands in. */
  readonly head: (args: readonly string[], around: Kept) => object | Invalid
}

/** A block of lines that are no directives; there may be several. */
export interface TableBlock extends BlockBase {
  readonly kind: 'table'
  readonly field: string
  readonly table: (args: readonly string[]) => Table<Kept> | Invalid
}

/** `types` adds to what is there, and `if` is a step among the rewrites. */
export interface SpecialBlock extends BlockBase {
  readonly kind: 'types' | 'if'
}

export type BlockDirective = InnerBlock | TableBlock | SpecialBlock

const inner = { kind: 'inner', applied: 'engine', arity: [0, 0] } as const
const table = { kind: 'table', applied: 'engine', arity: [2, 2], contexts: ['http'] } as const
const empty = (): object => ({})

const blockDirectives: Readonly<Record<string, BlockDirective>> = {
  events: { ...inner, contexts: ['main'], field: 'events', list: false, context: 'events', head: empty },
  http: { ...inner, contexts: ['main'], field: 'http', list: false, context: 'http', head: empty },
  upstream: {
    ...inner,
    contexts: ['http'],
    arity: [1, 1],
    field: 'upstreams',
    list: true,
    context: 'upstream',
    head: readUpstreamName,
  },
  server: { ...inner, contexts: ['http'], field: 'servers', list: true, context: 'server', head: empty },
  location: {
    ...inner,
    contexts: ['server', 'location'],
    arity: [1, 2],
    field: 'locations',
    list: true,
    context: 'location',
    head: readLocation,
  },
  limit_except: {
    ...inner,
    applied: 'kept',
    contexts: ['location'],
    arity: [1, Infinity],
    field: 'limitExcept',
    list: false,
    context: 'limit_except',
    head: readMethods,
  },
  if: { kind: 'if', contexts: ['server', 'location'], arity: [1, Infinity], applied: 'engine' },
  types: { kind: 'types', contexts: ['http', 'server', 'location'], arity: [0, 0], applied: 'engine' },
  map: { ...table, field: 'maps', table: mapTable },
  geo: { ...table, field: 'geos', arity: [1, 2], table: geoTable },
  split_clients: { ...table, field: 'splitClients', table: splitClientsTable },
  charset_map: { ...table, field: 'charsetMaps', table: charsetTable },
}

export function blockDirective(name: string): BlockDirective | undefined {
  return Object.hasOwn(blockDirectives, name) ? blockDirectives[name] : undefined
}

/** Whether a directive may stand in a context. */
export function allowedIn(name: string, context: Context): boolean {
  if (isStepName(name)) return stepContexts.includes(context)
  const block = blockDirective(name)
  const directive = directiveNamed(name, context)?.directive
  return block?.contexts.includes(context) === true || directive?.contexts.includes(context) === true
}

/** Where the lines of ngx_http_rewrite_module may stand. */
export const stepContexts: readonly Context[] = ['server', 'server-if', 'location', 'if']

/** Whether any context has a directive of this name. */
export function isKnown(name: string): boolean {
  return (
    directiveNamed(name, 'main') !== undefined ||
    directiveNamed(name, 'upstream') !== undefined ||
    Object.hasOwn(blockDirectives, name) ||
    isStepName(name)
  )
}

/** The names of all directives. */
export function knownNames(): string[] {
  const tables = [...Object.values(directives), ...Object.values(upstreamTable)]
  return [
    ...tables.flatMap((directive) => directive.names ?? [directive.name]),
    ...Object.keys(blockDirectives),
    ...Object.keys(stepArity),
    'include',
  ]
}

/** Unlike nginx, which takes an upstream that nothing can name. */
function readUpstreamName([name = '']: readonly string[]): object | Invalid {
  return name === '' ? new Invalid('no host in upstream ""', 'give it a name for proxy_pass') : { name }
}

function readLocation(args: readonly string[], around: Kept): object | Invalid {
  const head = readLocationHead(args)
  if (head instanceof Invalid || !isLocationHead(around)) return head
  return nestingProblem(around, head) ?? head
}

// ngx_methods_names (ngx_http_core_module.c).
const methodNames: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT DELETE MKCOL COPY MOVE OPTIONS PROPFIND PROPPATCH LOCK UNLOCK PATCH'.split(' '),
)

function readMethods(methods: readonly string[]): LimitExcept | Invalid {
  const wrong = methods.find((method) => !methodNames.has(method.toUpperCase()))
  return wrong === undefined ? { methods: [...methods] } : new Invalid(`invalid method "${wrong}"`)
}
