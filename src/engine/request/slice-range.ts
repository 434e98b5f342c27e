/** `$slice_range`: which part of what is asked for is fetched now (ngx_http_slice_range_variable). */
import { fieldNamed } from './lookup.ts'
import type { Exchange } from './exchange.ts'

/** An answer that is put together from slices: the same for the request and for those that fetch for it. */
export interface Slicing {
  /** Bytes of a slice. */
  readonly size: number
  /** Where the slice begins that is being fetched, or is next. */
  start: number
  /** Behind the last byte that is wanted; known once the first slice is there. */
  end: number
  /** The ETag of all slices. */
  etag: string | undefined
  /** The value of the variable. */
  range: string
}

const memory = 'slice'

/** What a request was told to fetch; undefined: all of it. */
export function slicingOf(x: Exchange): Slicing | undefined {
  return x.module?.get(memory) as Slicing | undefined
}

/** `of` undefined: it fetches all. */
export function setSlicing(x: Exchange, of: Slicing | undefined): void {
  if (of) (x.module ??= new Map()).set(memory, of)
  else x.module?.delete(memory)
}

/** Asking for it is what makes an answer one of slices. */
export function sliceRange(x: Exchange): string | undefined {
  const known = slicingOf(x)
  if (known) return known.range
  const size = x.settings.fields.slice ?? 0
  if (size === 0 || x.parent || x.headSent) return undefined
  const start = size * Math.floor(askedStart(x) / size)
  const made = { size, start, end: 0, etag: undefined, range: '' }
  setRange(made)
  setSlicing(x, made)
  return made.range
}

/** Writes the variable for the slice that begins at `start`. */
export function setRange(slicing: Slicing): void {
  slicing.range = `bytes=${slicing.start}-${slicing.start + slicing.size - 1}`
}

// Where the one range begins that the client wants, if it wants one (ngx_http_slice_get_start).
function askedStart(x: Exchange): number {
  const { fields } = x.head
  if (fieldNamed(fields, 'if_range') !== undefined) return 0
  const digits = /^bytes= *([0-9]+)[^,]*$/i.exec(fieldNamed(fields, 'range') ?? '')?.[1]
  return digits === undefined ? 0 : Number(digits)
}
