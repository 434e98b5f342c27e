/**
 * Response filters in nginx's running order; each looks at the head and may have the body pass through it
 * (`answer.wrap`).
 */
import type { CompileContext } from './cycle/compile-context.ts'
import type { LocationFields } from './cycle/settings.ts'
import { addition } from './filters/addition.ts'
import { charset } from './filters/charset.ts'
import { gunzip } from './filters/gunzip.ts'
import { gzip } from './filters/gzip.ts'
import { addHeaders } from './filters/headers.ts'
import { notModified } from './filters/not-modified.ts'
import { range } from './filters/range.ts'
import { slice } from './filters/slice.ts'
import { ssi } from './filters/ssi.ts'
import { sub } from './filters/sub.ts'
import { vary } from './filters/vary.ts'
import type { Answer } from './request/answer.ts'
import type { Exchange } from './request/exchange.ts'
import type { Charsets } from './request/recode.ts'
import type { VariableTable } from './request/variable-table.ts'

/** Looks at, and changes, the head of an answer. A status: that is to be answered instead (see sendHead). */
export type HeaderFilter = (x: Exchange, answer: Answer) => number | undefined

/** Makes a location's filter, or none where its settings ask for nothing. */
export type FilterFactory = (
  fields: LocationFields,
  variables: VariableTable,
  charsets: Charsets,
) => HeaderFilter | undefined

// Of these, an answer that becomes part of another goes through those that change bodies.
const filters: readonly FilterFactory[] = [
  slice,
  notModified,
  addHeaders,
  gunzip,
  sub,
  charset,
  ssi,
  addition,
  gzip,
  range,
  vary,
]
const includedFilters: readonly FilterFactory[] = [gunzip, sub, charset, ssi]

/** The filters a location's answers go through: those to clients, and those that become part of another. */
export function filtersOf(
  fields: LocationFields,
  { variables, charsets }: Pick<CompileContext, 'variables' | 'charsets'>,
): { headerFilters: HeaderFilter[]; includedFilters: HeaderFilter[] } {
  const make = (factories: readonly FilterFactory[]): HeaderFilter[] =>
    factories.flatMap((factory) => factory(fields, variables, charsets) ?? [])
  return { headerFilters: make(filters), includedFilters: make(includedFilters) }
}
