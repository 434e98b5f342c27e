/**
 * What can be said: the configuration as a value. Sparse: a field that is absent is inherited or has
 * nginx's default (engine/cycle/inherit completes it). What is not known is kept in `unhandled`.
 */
import * as z from 'zod'
import type { Context, Directive } from './directive.ts'
import { directivesIn, type Fields, type UpstreamFields } from './directives.ts'
import type { Statement } from './statement.ts'

/** What every block has besides its fields. */
export interface Kept {
  /** Directives nobody here knows, written back as they were. */
  unhandled?: Statement[] | undefined
  /** The comment in front of the block. */
  note?: string | undefined
  /**
   * The comments in front of its lines, by the line's directive and, where there may be several, its first
   * argument (`proxy_set_header Host`); `}` for those at the block's end.
   */
  comments?: Record<string, string> | undefined
}

/** The media types of a `types { }` block: type → endings. */
export type Types = Record<string, string[]>

/** `if (...)`'s condition. `operator` absent: true unless empty or 0. `-f` and the like test `operand` as a path. */
export interface Condition {
  /** `$variable`, or the path script for file tests. */
  operand: string
  operator?:
    | '='
    | '!='
    | '~'
    | '~*'
    | '!~'
    | '!~*'
    | '-f'
    | '!-f'
    | '-d'
    | '!-d'
    | '-e'
    | '!-e'
    | '-x'
    | '!-x'
    | undefined
  /** What it is compared with. */
  value?: string | undefined
}

/** One step of ngx_http_rewrite_module, in the order written. */
export type RewriteStep =
  | {
      directive: 'rewrite'
      regex: string
      replacement: string
      flag?: 'last' | 'break' | 'redirect' | 'permanent' | undefined
    }
  | { directive: 'return'; code?: number | undefined; text?: string | undefined }
  | { directive: 'set'; variable: string; value: string }
  | { directive: 'break' }
  | { directive: 'if'; condition: Condition; block: IfBlock }

/** An `if { }` in a server or a location. */
export interface IfBlock extends Fields<'if'>, Kept {
  rewrites?: RewriteStep[] | undefined
}

/** A `limit_except { }` in a location. */
export interface LimitExcept extends Fields<'limit_except'>, Kept {
  methods: string[]
}

/** How a location is matched. `@` names one for internal redirects. */
export type LocationModifier = '' | '=' | '^~' | '~' | '~*' | '@'

export interface Location extends Fields<'location'>, Kept {
  modifier: LocationModifier
  /** The prefix, the regex, or the name without `@`. */
  pattern: string
  rewrites?: RewriteStep[] | undefined
  limitExcept?: LimitExcept | undefined
  types?: Types | undefined
  locations?: Location[] | undefined
}

export interface Server extends Fields<'server'>, Kept {
  rewrites?: RewriteStep[] | undefined
  types?: Types | undefined
  locations?: Location[] | undefined
}

export interface Upstream extends UpstreamFields, Kept {
  name: string
}

/** `map $source $variable { }`; the source is a script, the variable is held without the dollar. */
export interface MapBlock extends Kept {
  source: string
  variable: string
  hostnames?: true | undefined
  volatile?: true | undefined
  /** `[pattern, value]` in the order written; `default` is an entry like the others. */
  entries: [pattern: string, value: string][]
}

/** `geo [$address] $variable { }`; both are held without the dollar. */
export interface GeoBlock extends Kept {
  source?: string | undefined
  variable: string
  ranges?: true | undefined
  proxyRecursive?: true | undefined
  proxies?: string[] | undefined
  deletes?: string[] | undefined
  entries: [network: string, value: string][]
}

/** `split_clients "key" $variable { }`. */
export interface SplitClients extends Kept {
  source: string
  variable: string
  /** `[percentage or *, value]`. */
  parts: [share: string, value: string][]
}

/** `charset_map from to { }`: a character of one charset and the one of the other, in hexadecimal digits. */
export interface CharsetMap extends Kept {
  from: string
  to: string
  entries: [from: string, to: string][]
}

export interface Events extends Fields<'events'>, Kept {}

export interface Http extends Fields<'http'>, Kept {
  types?: Types | undefined
  maps?: MapBlock[] | undefined
  geos?: GeoBlock[] | undefined
  splitClients?: SplitClients[] | undefined
  charsetMaps?: CharsetMap[] | undefined
  upstreams?: Upstream[] | undefined
  servers?: Server[] | undefined
}

/** The whole configuration. */
export interface Config extends Fields<'main'>, Kept {
  events?: Events | undefined
  http?: Http | undefined
}

const statement: z.ZodType<Statement> = z.lazy(() =>
  z.object({
    name: z.string(),
    args: z.array(z.string()),
    block: z.array(statement).optional(),
    position: z.object({ file: z.string(), line: z.number() }).optional(),
    comments: z.array(z.string()).optional(),
    trailing: z.string().optional(),
    closing: z.array(z.string()).optional(),
  }),
)

const kept = {
  unhandled: z.array(statement).optional(),
  note: z.string().optional(),
  comments: z.record(z.string(), z.string()).optional(),
}
const types = z.record(z.string(), z.array(z.string())).optional()

function fields(context: Context): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {}
  for (const { field, directive } of directivesIn(context)) shape[field] = fieldSchema(directive).optional()
  return shape
}

function fieldSchema(directive: Directive): z.ZodType {
  return directive.repeat === 'list' ? z.array(directive.syntax.schema) : directive.syntax.schema
}

const condition = z.strictObject({
  operand: z.string(),
  operator: z
    .enum(['=', '!=', '~', '~*', '!~', '!~*', '-f', '!-f', '-d', '!-d', '-e', '!-e', '-x', '!-x'])
    .optional(),
  value: z.string().optional(),
})

const rewriteStep: z.ZodType = z.lazy(() =>
  z.discriminatedUnion('directive', [
    z.strictObject({
      directive: z.literal('rewrite'),
      regex: z.string(),
      replacement: z.string(),
      flag: z.enum(['last', 'break', 'redirect', 'permanent']).optional(),
    }),
    z.strictObject({
      directive: z.literal('return'),
      code: z.number().int().min(0).max(999).optional(),
      text: z.string().optional(),
    }),
    z.strictObject({ directive: z.literal('set'), variable: z.string(), value: z.string() }),
    z.strictObject({ directive: z.literal('break') }),
    z.strictObject({
      directive: z.literal('if'),
      condition,
      block: z.strictObject({ ...fields('if'), ...kept, rewrites }),
    }),
  ]),
)
const rewrites = z.array(rewriteStep).optional()

const location: z.ZodType = z.lazy(() =>
  z.strictObject({
    ...fields('location'),
    ...kept,
    modifier: z.enum(['', '=', '^~', '~', '~*', '@']),
    pattern: z.string(),
    rewrites,
    limitExcept: z
      .strictObject({ ...fields('limit_except'), ...kept, methods: z.array(z.string()) })
      .optional(),
    types,
    locations: z.array(location).optional(),
  }),
)

const pairs = z.array(z.tuple([z.string(), z.string()]))
const yes = z.literal(true).optional()

/** The schema of a whole configuration, made from the directive table. */
export const configSchema = z.strictObject({
  ...fields('main'),
  ...kept,
  events: z.strictObject({ ...fields('events'), ...kept }).optional(),
  http: z
    .strictObject({
      ...fields('http'),
      ...kept,
      types,
      maps: z
        .array(
          z.strictObject({
            ...kept,
            source: z.string(),
            variable: z.string(),
            hostnames: yes,
            volatile: yes,
            entries: pairs,
          }),
        )
        .optional(),
      geos: z
        .array(
          z.strictObject({
            ...kept,
            source: z.string().optional(),
            variable: z.string(),
            ranges: yes,
            proxyRecursive: yes,
            proxies: z.array(z.string()).optional(),
            deletes: z.array(z.string()).optional(),
            entries: pairs,
          }),
        )
        .optional(),
      splitClients: z
        .array(z.strictObject({ ...kept, source: z.string(), variable: z.string(), parts: pairs }))
        .optional(),
      charsetMaps: z
        .array(z.strictObject({ ...kept, from: z.string(), to: z.string(), entries: pairs }))
        .optional(),
      upstreams: z
        .array(z.strictObject({ ...fields('upstream'), ...kept, name: z.string().min(1) }))
        .optional(),
      servers: z
        .array(
          z.strictObject({
            ...fields('server'),
            ...kept,
            rewrites,
            types,
            locations: z.array(location).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
}) as unknown as z.ZodType<Config>
