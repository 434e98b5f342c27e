/**
 * The machinery of the directive table. A directive is written down once: its nginx name, where it may
 * stand, how its arguments read and print, what it means when absent. Types, validation, JSON Schema,
 * form fields, and nginx text in both directions all come from that one entry.
 */
import type * as z from 'zod'

/** Where a directive may stand, in nginx's documentation's words. `if` is "if in location", `server-if` "if in server". */
export type Context =
  'main' | 'events' | 'http' | 'server' | 'location' | 'if' | 'server-if' | 'limit_except' | 'upstream'

/** An argument list that cannot be read: nginx's own sentence, without `in FILE:LINE`. */
export class Invalid {
  readonly message: string
  readonly fix: string | undefined
  constructor(message: string, fix?: string) {
    this.message = message
    this.fix = fix
  }
}

/** How a value is spelled as a directive's arguments. Law: `read(write(v))` equals `v`. */
export interface Syntax<T> {
  readonly schema: z.ZodType<T>
  /** Fewest and most arguments. */
  readonly arity: readonly [least: number, most: number]
  /** `directive` is the directive's name, for the sentence of an Invalid. */
  read(args: readonly string[], directive: string): T | Invalid
  write(value: T): string[]
  /** For forms: the words it may be, where there is a closed list. */
  readonly words?: readonly string[]
  /** Its arguments as nginx's documentation writes them: `time`, `key [weight=number] [backup]`. */
  readonly form?: string
  /** The words among its arguments that help typing: `backup`, `weight=`. */
  readonly parameters?: readonly string[]
}

/**
 * `once`: a second one is a duplicate. `list`: each line is one element. `concat`: each line adds its
 * elements to one list (`server_name`).
 */
export type Repeat = 'once' | 'list' | 'concat'

/** Who acts on it. `export`: accepted and kept for the exported file, since the engine is one thread. `kept`: not applied. */
export type AppliedBy = 'engine' | 'export' | 'kept'

/** One row of the directive table. */
export interface Directive<T = unknown, C extends Context = Context, R extends Repeat = Repeat> {
  readonly name: string
  readonly contexts: readonly C[]
  readonly syntax: Syntax<T>
  readonly repeat: R
  /** What it is where nothing is written, as nginx's documentation has it. */
  readonly default?: T | readonly T[]
  /** One plain sentence for people. */
  readonly doc: string
  readonly applied: AppliedBy
  /** nginx's module, as in `--without-http_X_module`. */
  readonly module: string
  /**
   * A family whose order matters across names (`allow`, `deny`) is one field: its syntax reads and writes
   * argument lists that begin with the directive's name.
   */
  readonly names?: readonly string[]
  /** nginx takes it, does nothing, and says to use this one instead. */
  readonly replacedBy?: string
}

interface DirectiveOptions<T, C extends Context, R extends Repeat> {
  contexts: readonly C[]
  syntax: Syntax<T>
  repeat?: R
  default?: R extends 'list' ? readonly NoInfer<T>[] : NoInfer<T>
  doc: string
  applied?: AppliedBy
  names?: readonly string[]
  replacedBy?: string
}

/** Makes the entries of one module's table: `const { directive } = moduleTable('http_proxy')`. */
export function moduleTable(module: string): {
  directive<T, const C extends Context, R extends Repeat = 'once'>(
    name: string,
    options: DirectiveOptions<T, C, R>,
  ): Directive<T, C, R>
} {
  return {
    directive: (name, options) => ({
      name,
      contexts: options.contexts,
      syntax: options.syntax,
      repeat: options.repeat ?? ('once' as never),
      default: options.default,
      doc: options.doc,
      applied: options.applied ?? 'engine',
      module,
      ...(options.names && { names: options.names }),
      ...(options.replacedBy && { replacedBy: options.replacedBy }),
    }),
  }
}

/** The value a block's field holds. */
export type ValueOf<D> = D extends Directive<infer T, Context, infer R> ? (R extends 'list' ? T[] : T) : never

/** All fields of a table that may stand in context C, each optional: a block as it is saved, sparse. */
export type FieldsOf<Table, C extends Context> = {
  -readonly [
    K in keyof Table as Table[K] extends Directive<infer _T, infer D, infer _R>
      ? C extends D
        ? K
        : never
      : never
  ]?: ValueOf<Table[K]>
}

/** http, server, location. */
export const httpLevels = ['http', 'server', 'location'] as const
/** http, server, location and "if in location". */
export const httpLevelsAndIf = ['http', 'server', 'location', 'if'] as const
