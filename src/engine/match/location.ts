/** Which location a URI belongs to, in nginx's exact order: https://nginx.org/en/docs/http/ngx_http_core_module.html#location */
import type { LocationSettings } from '../cycle/settings.ts'
import type { Exchange } from '../request/exchange.ts'

/** A location that is matched by an expression. */
export interface RegexLocation {
  readonly regex: RegExp
  readonly assign: ((captures: RegExpExecArray, slots: (string | undefined)[]) => void) | undefined
  readonly location: LocationSettings
}

/** The locations of one level. */
export interface LocationTree {
  readonly exact: ReadonlyMap<string, LocationSettings>
  readonly prefixes: ReadonlyMap<string, LocationSettings>
  /** The distinct lengths of the prefixes, longest first. */
  readonly lengths: readonly number[]
  /** In the order written. */
  readonly regexes: readonly RegexLocation[]
}

export const noLocations: LocationTree = { exact: new Map(), prefixes: new Map(), lengths: [], regexes: [] }

/** What find-config found. `final`: nothing else is looked at; `redirect`: to the same path with a slash. */
export interface LocationMatch {
  readonly location: LocationSettings | undefined
  readonly redirect: boolean
  readonly final: boolean
}

const nothing: LocationMatch = { location: undefined, redirect: false, final: false }

/**
 * The location of `x.uri` at one level and below. An exact one ends the search; the longest prefix is
 * remembered and searched within, where an exact one or an expression ends the search; then come this
 * level's expressions unless the prefix says `^~` (ngx_http_core_find_location).
 */
export function findLocation(x: Exchange, tree: LocationTree): LocationMatch {
  const prefix = findStatic(x.uri, tree)
  if (prefix.final) return prefix
  let found = prefix.location
  if (prefix.location) {
    const nested = findLocation(x, prefix.location.tree)
    if (nested.final) return nested
    found = nested.location ?? found
  }
  if (prefix.location?.modifier !== '^~') {
    for (const { regex, assign, location } of tree.regexes) {
      const captures = regex.exec(x.uri)
      if (!captures) continue
      x.captures = captures
      assign?.(captures, x.slots)
      return { location: findLocation(x, location.tree).location ?? location, redirect: false, final: true }
    }
  }
  return found ? { location: found, redirect: false, final: false } : nothing
}

/** The exact location of a URI, or the one with the longest prefix, at one level. */
export function findStatic(uri: string, tree: LocationTree): LocationMatch {
  const exact = tree.exact.get(uri)
  if (exact) return { location: exact, redirect: false, final: true }
  let redirect: LocationSettings | undefined
  for (const length of tree.lengths) {
    if (length > uri.length + 1) continue
    if (length === uri.length + 1) {
      const longer = tree.prefixes.get(`${uri}/`) ?? tree.exact.get(`${uri}/`)
      if (longer?.autoRedirect) redirect = longer
      continue
    }
    const location = tree.prefixes.get(length === uri.length ? uri : uri.slice(0, length))
    if (location) {
      if (redirect && length < uri.length) break
      return { location, redirect: false, final: false }
    }
    if (redirect && length < uri.length) break
  }
  return redirect ? { location: redirect, redirect: true, final: true } : nothing
}
