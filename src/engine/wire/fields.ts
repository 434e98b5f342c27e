/**
 * The fields of one message head, as ranges of its text. No object and no value string is made until
 * somebody asks: most fields are only ever passed on.
 */
export interface FieldLines {
  /** The head's bytes, one a character (latin1). */
  readonly text: string
  /** The lower-case name of each field, in order. */
  readonly names: string[]
  /** Four offsets into `text` a field: name start, value start, value end, line end (past the line break). */
  readonly at: number[]
  /**
   * The lines from the first to the last follow each other and each is spelt `Name: value` CRLF, so
   * runs of them may be passed on as they stand. Absent or false: write each field anew.
   */
  readonly canonical?: boolean
  /** Lines that were left out for an invalid name (`ignore_invalid_headers`). */
  readonly dropped?: readonly string[] | undefined
  /** Where the fields stand that decide about framing (`framingNames`), in order. Absent: it is not known. */
  readonly framing?: readonly number[]
}

/** The value of field `i`, without the spaces around it. */
export function fieldValue(f: FieldLines, i: number): string {
  return f.text.slice(f.at[4 * i + 1], f.at[4 * i + 2])
}

/** The name of field `i` as it was spelt. */
export function fieldName(f: FieldLines, i: number): string {
  const start = f.at[4 * i] ?? 0
  return f.text.slice(start, start + (f.names[i] ?? '').length)
}

/** Where the first field of this (lower-case) name stands, -1 if there is none. */
export function firstIndex(f: FieldLines, name: string): number {
  return f.names.indexOf(name)
}

/** The value of the first field of this (lower-case) name. */
export function firstValue(f: FieldLines, name: string): string | undefined {
  const i = f.names.indexOf(name)
  return i < 0 ? undefined : fieldValue(f, i)
}

/** All values of the fields of this (lower-case) name, in order, with `separator` between them. */
export function joinedValues(f: FieldLines, name: string, separator: string): string | undefined {
  let i = f.names.indexOf(name)
  if (i < 0) return undefined
  let joined = fieldValue(f, i)
  while ((i = f.names.indexOf(name, i + 1)) >= 0) joined += separator + fieldValue(f, i)
  return joined
}

/** Fields that came from elsewhere than a read head (a test, HTTP/2), as lines of a text made for them. */
export function fieldLines(fields: Iterable<readonly [name: string, value: string]>): FieldLines {
  const names: string[] = []
  const at: number[] = []
  let text = ''
  for (const [name, value] of fields) {
    names.push(name.toLowerCase())
    const valueStart = text.length + name.length + 2
    at.push(text.length, valueStart, valueStart + value.length, valueStart + value.length + 2)
    text += `${name}: ${value}\r\n`
  }
  return { text, names, at, canonical: true }
}
