/**
 * How values are spelled as arguments. Each syntax knows its type, its reading and its writing, and the
 * sentence nginx has for a wrong one (ngx_conf_set_*_slot, ngx_conf_file.c).
 */
import * as z from 'zod'
import { formatDuration, formatSize, parseDuration, parseSize } from '../base/units.ts'
import { Invalid, type Syntax } from './directive.ts'

/** `"x" directive invalid value`: what nginx says when a slot's setter returns "invalid value". */
export function invalidValue(directive: string, fix?: string): Invalid {
  return new Invalid(`"${directive}" directive invalid value`, fix)
}

function single<T>(
  schema: z.ZodType<T>,
  parse: (text: string, directive: string) => T | Invalid,
  print: (value: T) => string,
  words?: readonly string[],
  form?: string,
): Syntax<T> {
  return {
    schema,
    arity: [1, 1],
    read: ([text = ''], directive) => parse(text, directive),
    write: (value) => [print(value)],
    ...(words && { words }),
    form: form ?? words?.join(' | ') ?? 'string',
  }
}

/** `on` or `off`. */
export const flag: Syntax<boolean> = single(
  z.boolean(),
  (text, directive) => {
    const word = text.toLowerCase()
    if (word === 'on') return true
    if (word === 'off') return false
    return new Invalid(`invalid value "${text}" in "${directive}" directive, it must be "on" or "off"`)
  },
  (value) => (value ? 'on' : 'off'),
  ['on', 'off'],
)

/**
 * A whole number within bounds; `wrong` is the sentence of directives that have one of their own for all
 * that is none (ngx_conf_set_num_slot, ngx_conf_check_num_bounds).
 */
export function integer(
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
  wrong?: (text: string, directive: string) => Invalid,
): Syntax<number> {
  return single(
    z.number().int().min(min).max(max),
    (text, directive) => {
      const value = /^\d+$/.test(text) ? Number(text) : NaN
      if (value >= min && value <= max) return value
      if (wrong) return wrong(text, directive)
      if (!Number.isSafeInteger(value)) return new Invalid(`"${directive}" directive invalid number`)
      return max === Number.MAX_SAFE_INTEGER
        ? new Invalid(`value must be equal to or greater than ${min}`)
        : new Invalid(`value must be between ${min} and ${max}`)
    },
    String,
    undefined,
    'number',
  )
}

/** A time in milliseconds (`60s`, `500ms`). */
export const duration: Syntax<number> = single(
  z.number().int().min(0),
  (text, directive) =>
    parseDuration(text) ?? invalidValue(directive, 'write a time such as 60s, 500ms or 1h30m'),
  formatDuration,
  undefined,
  'time',
)

/** A size in bytes (`8k`, `10m`). */
export const size: Syntax<number> = single(
  z.number().int().min(0),
  (text, directive) => parseSize(text) ?? invalidValue(directive, 'write a size such as 512, 8k or 10m'),
  formatSize,
  undefined,
  'size',
)

/** Any one argument. */
export const text: Syntax<string> = single(
  z.string(),
  (value) => value,
  (value) => value,
)

/** One argument that may hold variables; compiled by the engine. */
export const script: Syntax<string> = text

/** A size, or a script whose value is one (ngx_http_set_complex_value_size_slot); kept as written. */
export const sizeScript: Syntax<string> = single(
  z.string(),
  (value, directive) =>
    value.includes('$') || parseSize(value) !== undefined
      ? value
      : invalidValue(directive, 'write a size such as 512, 8k or 10m, or a variable'),
  (value) => value,
)

/** The name of a variable, written `$name`, held without the dollar. */
export const variableName: Syntax<string> = single(
  z.string().regex(/^[A-Za-z0-9_]+$/),
  (value) => {
    const match = /^\$([A-Za-z0-9_]+)$/.exec(value)
    return match?.[1] ?? new Invalid(`invalid variable name "${value}"`, 'write it as $name')
  },
  (value) => `$${value}`,
  undefined,
  '$variable',
)

/** One of a closed list of words, in any case (ngx_conf_set_enum_slot). */
export function keyword<const W extends string>(...words: W[]): Syntax<W> {
  return single(
    z.enum(words as [W, ...W[]]) as unknown as z.ZodType<W>,
    (value, directive) =>
      words.find((word) => word.toLowerCase() === value.toLowerCase()) ??
      new Invalid(`invalid value "${value}"`, `"${directive}" takes ${words.join(', ')}`),
    (value) => value,
    words,
  )
}

/** Several words of a closed list, in the order written. */
export function keywords<const W extends string>(...words: W[]): Syntax<W[]> {
  const one = keyword(...words)
  return {
    schema: z.array(one.schema),
    arity: [1, Infinity],
    read: (args, directive) => collect(args.map((arg) => one.read([arg], directive))),
    write: (value) => value,
    words,
    form: `${words.join(' | ')} ...`,
  }
}

function collect<T>(values: readonly (T | Invalid)[]): T[] | Invalid {
  const bad = values.find((value) => value instanceof Invalid)
  return bad instanceof Invalid ? bad : (values as T[])
}

/** One or more arguments of one syntax. */
export function several<T>(one: Syntax<T>, least = 1, most = Infinity): Syntax<T[]> {
  return {
    schema: z.array(one.schema),
    arity: [least, most],
    read: (args, directive) => collect(args.map((arg) => one.read([arg], directive))),
    write: (values) => values.flatMap((value) => one.write(value)),
    form: `${one.form ?? 'string'} ...`,
  }
}

/** One or more arguments as they are. */
export const texts: Syntax<string[]> = several(text)

/** A word that stands for itself (`off`, `default`), or else a value. */
export function wordOr<const W extends string, T>(words: readonly W[], other: Syntax<T>): Syntax<W | T> {
  return {
    schema: z.union([z.enum(words as unknown as [W, ...W[]]) as unknown as z.ZodType<W>, other.schema]),
    arity: [Math.min(1, other.arity[0]), Math.max(1, other.arity[1])],
    read: (args, directive) => {
      const word = args.length === 1 ? words.find((w) => w === args[0]) : undefined
      return word ?? other.read(args, directive)
    },
    write: (value) =>
      typeof value === 'string' && (words as readonly string[]).includes(value)
        ? [value]
        : other.write(value as T),
    words,
    form: [...words, other.form ?? 'string'].join(' | '),
    ...(other.parameters && { parameters: other.parameters }),
  }
}

/** `off`, or else a value. */
export function orOff<T>(other: Syntax<T>): Syntax<'off' | T> {
  return wordOr(['off'], other)
}

/** No argument at all: its presence says everything. */
export const present: Syntax<true> = {
  schema: z.literal(true),
  arity: [0, 0],
  read: () => true,
  write: () => [],
  form: '',
}

/** `number size`, as `proxy_buffers 8 4k`. */
export const buffers: Syntax<{ number: number; size: number }> = {
  schema: z.object({ number: z.number().int().min(1), size: z.number().int().min(1) }),
  arity: [2, 2],
  read: ([number = '', bytes = ''], directive) => {
    const parsed = parseSize(bytes)
    if (!/^\d+$/.test(number) || number === '0' || !parsed) return invalidValue(directive, 'write it as 8 4k')
    return { number: Number(number), size: parsed }
  },
  write: (value) => [String(value.number), formatSize(value.size)],
  form: 'number size',
}

type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S
// A syntax of whatever value: `never` in write's position makes every Syntax<T> fit.
interface AnySyntax {
  readonly schema: z.ZodType
  readonly arity: readonly [number, number]
  readonly form?: string
  read(args: readonly string[], directive: string): unknown
  write(value: never): string[]
}
type SyntaxValue<S> = S extends { read(args: readonly string[], directive: string): infer T }
  ? Exclude<T, Invalid>
  : never
type Flatten<T> = { [K in keyof T]: T[K] }

/** The value type of `parameters`. */
export type Parameters<
  P extends Record<string, unknown>,
  O extends Record<string, unknown>,
  N extends Record<string, unknown>,
  F extends string,
> = Flatten<
  { -readonly [K in keyof P]: SyntaxValue<P[K]> } & {
    -readonly [K in keyof O]?: SyntaxValue<O[K]> | undefined
  } & {
    -readonly [K in keyof N as Camel<K & string>]?: SyntaxValue<N[K]> | undefined
  } & { [K in F as Camel<K>]?: true | undefined }
>

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase())
}

/**
 * Positional arguments, then optional positional ones, then `name=value` and bare words in any order:
 * `server 127.0.0.1:3000 weight=3 backup`. Names become camelCase fields.
 */
export function parameters<
  const P extends Record<string, AnySyntax>,
  const O extends Record<string, AnySyntax> = Record<never, never>,
  const N extends Record<string, AnySyntax> = Record<never, never>,
  const F extends string = never,
>(shape: {
  positional: P
  optional?: O
  named?: N
  flags?: readonly F[]
  /** nginx's sentence for a wrong `name=value`; `invalid parameter "name=value"` where not given. */
  wrong?: (name: string, value: string) => string
  /** nginx's sentence for a parameter it does not know; `invalid parameter "x"` where not given. */
  unknown?: (argument: string) => Invalid
}): Syntax<Parameters<P, O, N, F>> {
  type Loose = Syntax<unknown>
  const positional = Object.entries(shape.positional) as unknown as [string, Loose][]
  const optional = Object.entries(shape.optional ?? {}) as unknown as [string, Loose][]
  const named = new Map<string, Loose>(Object.entries(shape.named ?? {}))
  const flags: readonly string[] = shape.flags ?? []
  const fields: Record<string, z.ZodType> = {}
  for (const [name, syntax] of positional) fields[name] = syntax.schema
  for (const [name, syntax] of optional) fields[name] = syntax.schema.optional()
  for (const [name, syntax] of named) fields[camel(name)] = syntax.schema.optional()
  for (const name of flags) fields[camel(name)] = z.literal(true).optional()
  return {
    schema: z.object(fields) as unknown as z.ZodType<Parameters<P, O, N, F>>,
    arity: [positional.length, Infinity],
    read(args, directive) {
      const value: Record<string, unknown> = {}
      for (const [index, [name, syntax]] of positional.entries()) {
        const read = syntax.read([args[index] ?? ''], directive)
        if (read instanceof Invalid) return read
        value[name] = read
      }
      const left = [...optional]
      for (const argument of args.slice(positional.length)) {
        const eq = argument.indexOf('=')
        const syntax = eq > 0 ? named.get(argument.slice(0, eq)) : undefined
        if (syntax) {
          const read = syntax.read([argument.slice(eq + 1)], directive)
          if (read instanceof Invalid) {
            const sentence = shape.wrong?.(argument.slice(0, eq), argument.slice(eq + 1))
            return new Invalid(sentence ?? `invalid parameter "${argument}"`, read.fix)
          }
          value[camel(argument.slice(0, eq))] = read
        } else if (flags.includes(argument)) {
          value[camel(argument)] = true
        } else {
          const next = left.shift()
          const read = next?.[1].read([argument], directive)
          if (!next || read instanceof Invalid)
            return shape.unknown?.(argument) ?? new Invalid(`invalid parameter "${argument}"`)
          value[next[0]] = read
        }
      }
      return value as Parameters<P, O, N, F>
    },
    write(typed) {
      const value = typed as Record<string, unknown>
      const args = positional.flatMap(([name, syntax]) => syntax.write(value[name]))
      for (const [name, syntax] of optional)
        if (value[name] !== undefined) args.push(...syntax.write(value[name]))
      for (const [name, syntax] of named)
        if (value[camel(name)] !== undefined)
          args.push(`${name}=${syntax.write(value[camel(name)]).join(' ')}`)
      for (const name of flags) if (value[camel(name)]) args.push(name)
      return args
    },
    form: [
      ...positional.map(([name]) => name),
      ...optional.map(([name]) => `[${name}]`),
      ...[...named].map(([name, syntax]) => `[${name}=${syntax.form ?? 'string'}]`),
      ...flags.map((name) => `[${name}]`),
    ].join(' '),
    parameters: [...flags, ...[...named.keys()].map((name) => `${name}=`)],
  }
}
