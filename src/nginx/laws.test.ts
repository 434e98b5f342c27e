/** The law of reading and writing, over configurations generated from the directive table's own schemas. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type * as z from 'zod'
import { Invalid, type Context, type Directive } from '../config/directive.ts'
import { directivesIn } from '../config/directives.ts'
import {
  configSchema,
  type Config,
  type Http,
  type IfBlock,
  type Kept,
  type Location,
  type RewriteStep,
  type Server,
} from '../config/model.ts'
import type { Statement } from '../config/statement.ts'
import { parse } from './parser.ts'
import { print } from './printer.ts'
import { readConfig } from './read.ts'
import { writeConfig } from './write.ts'

/** Words as nasty as nginx text allows. */
const word = fc.oneof(
  fc.constantFrom(
    'a',
    '$host',
    '${b}c',
    'http://a/b',
    '',
    ' ',
    '}',
    '#x',
    '\\.php$',
    'a"b',
    "it's",
    '{2}',
    ';',
    '\\',
    'é',
  ),
  fc.string({ unit: fc.constantFrom(...' ;{}#"\'\\$()~=ab\n'), maxLength: 6 }),
)
const name = fc.stringMatching(/^[a-z]{1,6}$/)

/** The parts of a schema's definition that are looked at here. */
interface Def {
  type: string
  shape?: Record<string, z.ZodType>
  options?: z.ZodType[]
  entries?: Record<string, string>
  values?: unknown[]
  element?: z.ZodType
  items?: z.ZodType[]
  innerType?: z.ZodType
  getter?: () => z.ZodType
}

function fromSchema(schema: z.ZodType): fc.Arbitrary<unknown> {
  const def = schema.def as unknown as Def
  const inner = def.element ?? def.innerType
  switch (def.type) {
    case 'string':
      return fc.oneof(word, fc.constantFrom('127.0.0.1', 'on', '10:20'))
    case 'number':
      return fc.oneof(fc.constantFrom(0, 1, 80, 200, 404, 503, 60_000, 65_536), fc.nat(70_000))
    case 'boolean':
      return fc.boolean()
    case 'literal':
    case 'enum':
      return fc.constantFrom(...(def.values ?? Object.values(def.entries ?? {})))
    case 'union':
      return fc.oneof(...(def.options ?? []).map(fromSchema))
    case 'array':
      return inner ? fc.array(fromSchema(inner), { minLength: 1, maxLength: 3 }) : fc.constant([])
    case 'optional':
      return inner ? rarely(fromSchema(inner)) : fc.constant(undefined)
    case 'tuple':
      return fc.tuple(...(def.items ?? []).map(fromSchema))
    case 'object': {
      const shape = Object.entries(def.shape ?? {}).map(([key, field]) => [key, fromSchema(field)] as const)
      return fc.record(Object.fromEntries(shape)).map(withoutUndefined)
    }
    default:
      throw new Error(`no generator for a schema of type ${def.type}`)
  }
}

/** One in four: of many optional fields only a few together are usually allowed. */
function rarely<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
}

/**
 * Only values their own syntax can say; whether a syntax says all it should is tested beside the syntaxes.
 * They are chosen once, since most generated values are none.
 */
function valueOf(directive: Directive): fc.Arbitrary<unknown> {
  const found =
    pools.get(directive) ?? fc.sample(fromSchema(directive.syntax.schema), { numRuns: 300, seed: 1 })
  const pool = pools.has(directive) ? found : found.filter((value) => isSayable(directive, value))
  pools.set(directive, pool)
  if (pool.length === 0) throw new Error(`no value for ${directive.name} was generated`)
  return fc.constantFrom(...pool)
}

const pools = new Map<Directive, readonly unknown[]>()

function isSayable({ syntax, name: directive }: Directive, value: unknown): boolean {
  if (!syntax.schema.safeParse(value).success) return false
  const args = syntax.write(value)
  if (args.length < syntax.arity[0] || args.length > syntax.arity[1]) return false
  const again = syntax.read(args, directive)
  return !(again instanceof Invalid) && canonical(again) === canonical(value)
}

/** Equal for equal values, whatever the order of their fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** A few fields of a context. */
function fields(context: Context): fc.Arbitrary<object> {
  const all = directivesIn(context).map(({ field, directive }) => {
    const value = valueOf(directive)
    const held = directive.repeat === 'list' ? fc.array(value, { minLength: 1, maxLength: 3 }) : value
    return held.map((v) => [field, v] as const)
  })
  if (all.length === 0) return fc.constant({})
  return fc.array(fc.oneof(...all), { maxLength: 6 }).map((entries) => Object.fromEntries(entries))
}

const note = fc.array(fc.string({ unit: fc.constantFrom(...'ab #\t;{}"\''), maxLength: 12 }), {
  minLength: 1,
  maxLength: 3,
})
const unhandled: fc.Arbitrary<Statement[]> = fc.array(
  fc.record(
    {
      name: fc.constantFrom('lua', 'more_set_headers', 'unknown'),
      args: fc.array(word, { maxLength: 4 }),
      block: fc.array(fc.record({ name: word, args: fc.array(word, { maxLength: 2 }) }), { maxLength: 3 }),
    },
    { requiredKeys: ['name', 'args'] },
  ),
  { minLength: 1, maxLength: 2 },
)

/** All that a table keeps unread is an include. */
const includes: fc.Arbitrary<Statement[]> = fc.array(
  fc.record({ name: fc.constant('include'), args: fc.tuple(word) }),
  { minLength: 1, maxLength: 2 },
)

/** A block with what every block may have; the inside's comments stand at its end. Without a context it is a table. */
function block<T extends object>(
  own: fc.Arbitrary<T>,
  context?: Context,
  kept: fc.Arbitrary<Statement[] | undefined> = context ? unhandled : includes,
): fc.Arbitrary<T> {
  const common: fc.Arbitrary<Kept> = fc.record(
    {
      note: note.map((lines) => lines.join('\n')),
      comments: note.map((lines) => ({ '}': lines.join('\n') })),
      unhandled: kept,
    },
    { requiredKeys: [] },
  )
  return fc
    .tuple(context ? fields(context) : fc.constant({}), common, own)
    .map(([set, around, rest]) => ({ ...set, ...withoutUndefined(around), ...withoutUndefined(rest) }))
}

const step: fc.Arbitrary<RewriteStep> = fc.oneof(
  fc
    .record({
      directive: fc.constant('rewrite' as const),
      regex: word,
      replacement: word.filter((w) => w !== ''),
      flag: fc.constantFrom(
        undefined,
        'last' as const,
        'break' as const,
        'redirect' as const,
        'permanent' as const,
      ),
    })
    .map(withoutUndefined),
  fc
    .record({
      directive: fc.constant('return' as const),
      code: fc.integer({ min: 0, max: 999 }),
      text: fc.option(word, { nil: undefined }),
    })
    .map(withoutUndefined),
  fc.constantFrom<RewriteStep>({ directive: 'return', text: 'https://a b' }, { directive: 'break' }),
  fc.record({ directive: fc.constant('set' as const), variable: name, value: word }),
)

const condition = fc.oneof(
  fc.record({ operand: name.map((n) => `$${n}`) }),
  fc.record({
    operand: name.map((n) => `$${n}`),
    operator: fc.constantFrom(
      '=' as const,
      '!=' as const,
      '~' as const,
      '~*' as const,
      '!~' as const,
      '!~*' as const,
    ),
    value: word,
  }),
  fc.record({
    operand: word.map((w) => `/${w}`),
    operator: fc.constantFrom('-f' as const, '!-d' as const, '-e' as const),
  }),
)

function steps(context: 'if' | 'server-if'): fc.Arbitrary<RewriteStep[] | undefined> {
  const inner: fc.Arbitrary<IfBlock> = block(fc.record({ rewrites: some(step) }), context)
  const conditional = fc.record({ directive: fc.constant('if' as const), condition, block: inner })
  return some(fc.oneof(step, conditional))
}

/** Some, or the field is not there. */
function some<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[] | undefined> {
  return fc.option(fc.array(one, { minLength: 1, maxLength: 3 }), { nil: undefined })
}

const types = fc.option(
  fc.dictionary(fc.stringMatching(/^[a-z]{2,5}\/[a-z]{2,5}$/), fc.array(name, { maxLength: 3 }), {
    maxKeys: 3,
  }),
  { nil: undefined },
)
const pairs = fc.array(fc.tuple(word, word), { maxLength: 4 })
const variable = name

// A prefix begins with a slash: one that begins with a modifier could not be said without one.
const locationHead = fc.oneof(
  fc.record({
    modifier: fc.constantFrom('' as const, '=' as const, '^~' as const),
    pattern: word.map((w) => `/${w}`),
  }),
  fc.record({ modifier: fc.constantFrom('~' as const, '~*' as const), pattern: word }),
  fc.record({ modifier: fc.constant('@' as const), pattern: name }),
)

const { location } = fc.letrec<{ location: Location }>((tie) => ({
  location: block(
    fc
      .tuple(
        locationHead,
        fc.record({
          rewrites: steps('if'),
          types,
          limitExcept: fc.option(
            block(fc.record({ methods: fc.constantFrom(['GET'], ['get', 'POST']) }), 'limit_except'),
            { nil: undefined },
          ),
          locations: fc.option(fc.array(tie('location'), { minLength: 1, maxLength: 2 }), {
            nil: undefined,
            depthSize: 'small',
          }),
        }),
      )
      .map(([head, rest]) => ({ ...head, ...rest })),
    'location',
  ) as fc.Arbitrary<Location>,
}))

/** Inner locations where nginx allows them: below a prefix they begin with it, below a regex they are one too. */
function nested(outer: Location): Location {
  const { locations = [], ...rest } = outer
  const isRegex = ({ modifier }: Location): boolean => modifier === '~' || modifier === '~*'
  const allowed = locations.filter((one) => isRegex(one) || !isRegex(outer))
  if (allowed.length === 0 || outer.modifier === '=' || outer.modifier === '@') return rest
  const inner = allowed.map((one) => {
    if (isRegex(one)) return nested(one)
    const modifier = one.modifier === '@' ? '' : one.modifier
    return nested({ ...one, modifier, pattern: outer.pattern + one.pattern })
  })
  return { ...rest, locations: inner }
}

const server: fc.Arbitrary<Server> = block(
  fc.record({ rewrites: steps('server-if'), types, locations: some(location.map(nested)) }),
  'server',
)

const http: fc.Arbitrary<Http> = block(
  fc.record({
    types,
    maps: some(
      block(
        fc.record({
          source: word,
          variable,
          hostnames: fc.constantFrom(undefined, true as const),
          entries: pairs,
        }),
      ),
    ),
    geos: some(
      block(
        fc.record({
          source: fc.option(name, { nil: undefined }),
          variable,
          ranges: fc.constantFrom(undefined, true as const),
          proxies: some(word),
          deletes: some(word),
          entries: fc.array(
            fc.tuple(
              word.map((w) => `1${w}`),
              word,
            ),
            { maxLength: 3 },
          ),
        }),
      ),
    ),
    splitClients: some(
      block(
        fc.record({
          source: word,
          variable,
          parts: fc.array(fc.tuple(fc.constantFrom('10%', '0.5%', '*'), word)),
        }),
        undefined,
        fc.constant(undefined),
      ),
    ),
    charsetMaps: some(
      block(
        fc.record({
          from: fc.constantFrom('koi8-r', 'windows-1251'),
          to: fc.constantFrom('utf-8', 'iso-8859-5'),
          entries: fc.array(fc.tuple(fc.constantFrom('80', 'C0', 'ff'), fc.constantFrom('a0', 'E1', '7f'))),
        }),
        undefined,
        fc.constant(undefined),
      ),
    ),
    upstreams: some(block(fc.record({ name: word.filter((w) => w !== '') }), 'upstream')),
    servers: some(server),
  }),
  'http',
)

/** Any configuration the model can hold and nginx text can say. */
const anyConfig: fc.Arbitrary<Config> = fc
  .tuple(
    fields('main'),
    fc.record({
      unhandled: fc.option(unhandled, { nil: undefined }),
      events: fc.option(block(fc.constant({}), 'events'), { nil: undefined }),
      http: fc.option(http, { nil: undefined }),
    }),
  )
  .map(([set, rest]) => ({ ...set, ...withoutUndefined(rest) }))

/** A table line with such a name would be something else than an entry. */
const special = new Set(['include', 'hostnames', 'volatile', 'ranges', 'proxy', 'delete', 'proxy_recursive'])

function withoutPositions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPositions)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== 'position')
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutPositions(inner)]))
}

function sayable(config: Config): boolean {
  const tables: (Kept & { entries: [string, string][] })[] = [
    ...(config.http?.maps ?? []),
    ...(config.http?.geos ?? []),
  ]
  return tables.every((table) => table.entries.every(([name]) => !special.has(name)))
}

test('a configuration that is written, printed and read again is the same, and a valid one', () => {
  fc.assert(
    fc.property(anyConfig.filter(sayable), (config) => {
      const { statements, problem } = parse(print(writeConfig(config)), 'f')
      expect(problem).toBeUndefined()
      const read = readConfig(statements)
      expect(read.problems.filter((p) => p.severity === 'error')).toEqual([])
      expect(withoutPositions(read.config)).toEqual(config)
      expect(configSchema.safeParse(read.config).error).toBeUndefined()
    }),
    { numRuns: 150 },
  )
})
