/** Why one location answers and each other one does not; asked of the matching itself, one location at a time. */
import { listKeys, locationKey, parsePathKey, pathKey } from '../../config/path.ts'
import type { Location } from '../../config/model.ts'
import type { Candidate, LocationWhy } from '../../status/explanation.ts'
import type { LocationSettings } from '../cycle/settings.ts'
import {
  findLocation,
  findStatic,
  noLocations,
  type LocationMatch,
  type LocationTree,
} from '../match/location.ts'
import type { Exchange } from '../request/exchange.ts'

/** One level of locations while it is looked through. */
interface Level {
  readonly tree: LocationTree
  readonly locations: readonly Location[]
  readonly path: readonly string[]
  /** The matching came here. */
  readonly entered: boolean
}

interface Search {
  readonly x: Exchange
  readonly winner: LocationSettings | undefined
  readonly redirect: boolean
  readonly off: ReadonlySet<string>
}

/** All locations of a server in the order written, those inside behind the one they stand in. */
export function locationCandidates(
  x: Exchange,
  { location, redirect }: LocationMatch,
  locations: readonly Location[],
  off: ReadonlySet<string>,
): Candidate<LocationWhy>[] {
  const { root } = x.server
  const search = { x, winner: location, redirect, off }
  const path = parsePathKey(x.server.route)
  const found = candidatesOf(search, { tree: root.tree, locations, path, entered: true })
  if (location) return found
  return [{ route: root.route, label: x.server.label, won: true, why: 'whole-server' }, ...found]
}

function candidatesOf(search: Search, level: Level): Candidate<LocationWhy>[] {
  const { x, winner, off } = search
  const keys = listKeys('locations', level.locations)
  const compiled = settingsByRoute(x, level.tree)
  return level.locations.flatMap((location, index) => {
    const path = [...level.path, 'locations', keys[index] ?? '']
    const place = { route: pathKey(path), label: locationKey(location) }
    if (off.has(place.route)) return [{ ...place, won: false, why: 'switched-off' } as const]
    const settings = compiled.get(place.route)
    // A duplicate that never came to be.
    if (!settings) return []
    const inside = {
      tree: settings.tree,
      locations: location.locations ?? [],
      path,
      entered: level.entered && isEntered(search, level, settings),
    }
    return [
      { ...place, won: settings === winner, why: whyOf(search, level, settings) },
      ...candidatesOf(search, inside),
    ]
  })
}

function settingsByRoute(x: Exchange, tree: LocationTree): Map<string, LocationSettings> {
  const all = [
    ...tree.exact.values(),
    ...tree.prefixes.values(),
    ...tree.regexes.map(({ location }) => location),
    ...x.server.named.values(),
  ]
  return new Map(all.map((settings) => [settings.route, settings]))
}

// The longest prefix is searched within, and so is an expression that decides.
function isEntered({ x, winner }: Search, { tree }: Level, settings: LocationSettings): boolean {
  return holds(settings, winner) || findStatic(x.uri, tree).location === settings
}

function holds(settings: LocationSettings, winner: LocationSettings | undefined): boolean {
  if (settings === winner) return true
  const { exact, prefixes, regexes } = settings.tree
  const inside = [...exact.values(), ...prefixes.values(), ...regexes.map(({ location }) => location)]
  return inside.some((one) => holds(one, winner))
}

function whyOf(search: Search, level: Level, settings: LocationSettings): LocationWhy {
  if (settings === search.winner) return search.redirect ? 'slash-missing' : wonBy(settings)
  if (holds(settings, search.winner)) return 'holds-winner'
  if (settings.modifier === '@') return 'only-by-name'
  if (!level.entered) return 'outer-lost'
  return matchesAlone(search.x, level.tree, settings) ? lostTo(search, level, settings) : 'no-match'
}

function wonBy({ modifier, regex }: LocationSettings): LocationWhy {
  if (modifier === '=') return 'exact'
  if (regex) return 'first-expression'
  return modifier === '^~' ? 'decisive-prefix' : 'longest-prefix'
}

// If it were the only one.
function matchesAlone(x: Exchange, tree: LocationTree, settings: LocationSettings): boolean {
  const only = new Map([[settings.pattern, settings]])
  const alone: LocationTree = {
    exact: settings.modifier === '=' ? only : noLocations.exact,
    prefixes: settings.regex || settings.modifier === '=' ? noLocations.prefixes : only,
    lengths: settings.regex ? [] : [settings.pattern.length],
    regexes: tree.regexes.filter(({ location }) => location === settings),
  }
  // Captures are the winner's.
  return findLocation({ uri: x.uri, slots: [...x.slots] } as Exchange, alone).location !== undefined
}

function lostTo({ x, winner }: Search, { tree }: Level, settings: LocationSettings): LocationWhy {
  if (winner?.modifier === '=') return 'exact-won'
  const longest = findStatic(x.uri, tree)
  if (settings.regex)
    return longest.final || longest.location?.modifier === '^~' || isBelow(longest.location, winner)
      ? 'expressions-not-tried'
      : 'later-expression'
  return settings === longest.location ? 'expression-won' : 'shorter'
}

// What decides inside the longest prefix ends the search before this level's expressions.
function isBelow(prefix: LocationSettings | undefined, winner: LocationSettings | undefined): boolean {
  return prefix !== undefined && prefix !== winner && winner?.regex === true && holds(prefix, winner)
}
