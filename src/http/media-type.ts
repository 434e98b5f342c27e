import { unquoted } from './fields.ts'

/** A Content-Type taken apart; names are lower case. */
export interface MediaType {
  /** `text/html` */
  readonly essence: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads a Content-Type; undefined if it is none. Source: RFC 9110 §8.3.1. */
export function parseMediaType(value: string): MediaType | undefined {
  const essence = mediaTypeEssence(value)
  if (!/^[a-z0-9!#$%&'*+\-.^_`|~]+\/[a-z0-9!#$%&'*+\-.^_`|~]+$/.test(essence)) return undefined
  const parameters = new Map<string, string>()
  for (const [, name = '', text = ''] of value.matchAll(/;\s*([^\s;="]+)=("(?:[^"\\]|\\[^])*"|[^\s;]*)/g)) {
    const key = name.toLowerCase()
    if (!parameters.has(key)) parameters.set(key, unquoted(text))
  }
  return { essence, parameters }
}

/** The lower-case type of a Content-Type without its parameters; what `gzip_types` and its like are compared with. */
export function mediaTypeEssence(value: string): string {
  const end = value.indexOf(';')
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
}
