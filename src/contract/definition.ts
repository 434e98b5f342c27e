/** What a contract is made of: commands, which are asked once, and streams, which are watched. */
import * as z from 'zod'
import type { ContractError } from './errors.ts'

/** A question with one answer. */
export interface Command<I, O> {
  readonly kind: 'command'
  readonly input: z.ZodType<I>
  /** Only a type: never there at run time. */
  readonly output?: O
}

/**
 * A stream of items. `latest`: a slow reader gets only the newest state. `batch`: items are lists that
 * are joined for a slow reader, up to a bound, and the reader is told how many were left out.
 */
export interface Stream<I, T> {
  readonly kind: 'stream'
  readonly pace: 'latest' | 'batch'
  /** The field of a `batch` item that holds its entries. */
  readonly list?: string
  readonly input: z.ZodType<I>
  readonly item?: T
}

/** A command; without a schema it takes nothing. */
export function command<O, I = void>(
  input: z.ZodType<I> = z.void() as unknown as z.ZodType<I>,
): Command<I, O> {
  return { kind: 'command', input }
}

/** A stream of states, of which only the newest counts. */
export function latest<T>(): Stream<void, T> {
  return { kind: 'stream', pace: 'latest', input: z.void() }
}

/** Entries, in order; the first item holds those of before. */
export interface Batch {
  /** True for the first item and whenever the reader should forget what it has. */
  readonly reset: boolean
  /** Entries left out since the last item. */
  readonly dropped: number
}

/** A stream of lists; `list` names the field that holds the entries. */
export function batch<T extends Batch, I = void>(
  list: Exclude<keyof T, keyof Batch> & string,
  input: z.ZodType<I> = z.void() as unknown as z.ZodType<I>,
): Stream<I, T> {
  return { kind: 'stream', pace: 'batch', list, input }
}

/** Any contract: names with commands and streams. */
export type Contract = Record<
  string,
  { readonly kind: 'command' | 'stream'; readonly input: z.ZodType; readonly list?: string }
>

/** Names of a contract's commands. */
export type CommandName<C extends Contract> = {
  [K in keyof C]: C[K]['kind'] extends 'command' ? K : never
}[keyof C] &
  string
/** Names of a contract's streams. */
export type StreamName<C extends Contract> = {
  [K in keyof C]: C[K]['kind'] extends 'stream' ? K : never
}[keyof C] &
  string
/** The input of a command or stream. */
export type InputOf<D> =
  D extends Command<infer I, infer _O> ? I : D extends Stream<infer I, infer _T> ? I : never
/** The answer of a command. */
export type OutputOf<D> = D extends Command<infer _I, infer O> ? O : never
/** The items of a stream. */
export type ItemOf<D> = D extends Stream<infer _I, infer T> ? T : never

/** What the host implements: a forgotten one does not compile. */
export type Handlers<C extends Contract> = {
  [K in CommandName<C>]: (input: InputOf<C[K]>) => OutputOf<C[K]> | Promise<OutputOf<C[K]>>
} & {
  /** Calls `send` with the snapshot and then with what is new, until the returned function is called. */
  [K in StreamName<C>]: (input: InputOf<C[K]>, send: (item: ItemOf<C[K]>) => void) => () => void
}

/** What a window, a tray or a test holds. */
export interface Client<C extends Contract> {
  call<K extends CommandName<C>>(
    name: K,
    ...input: InputOf<C[K]> extends void ? [] : [InputOf<C[K]>]
  ): Promise<OutputOf<C[K]>>
  /** `onError`: the host could not open the stream, or ended it. The returned function ends it here. */
  watch<K extends StreamName<C>>(
    name: K,
    onItem: (item: ItemOf<C[K]>) => void,
    onError?: (error: ContractError) => void,
    input?: InputOf<C[K]>,
  ): () => void
  /** Calls back when the connection ends; streams end with it. */
  onClose(run: () => void): void
  close(): void
}
