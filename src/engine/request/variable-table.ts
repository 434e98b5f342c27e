/**
 * Which variables there are in one cycle: nginx's own, families by prefix, and those the configuration
 * declares (`set`, `map`, named captures). Source: https://nginx.org/en/docs/varindex.html
 */
import { isSettableVariable } from '../../config/variables.ts'
import { builtInVariables, prefixVariables } from './variables.ts'
import type { Exchange } from './exchange.ts'

/** The value of a variable, bytes as characters; undefined: not found, which texts show as empty and logs as `-`. */
export type Getter = (x: Exchange) => string | undefined

/** What can be done when a `set` names a built-in variable that may be changed (`$args`, `$limit_rate`). */
export type Setter = (x: Exchange, value: string) => void

/** The variables of one cycle. */
export class VariableTable {
  readonly #declared = new Map<string, { get: Getter; slot: number | undefined; set: Setter | undefined }>()
  /** How many slots an exchange needs. */
  slotCount = 0
  /** Names that were used; nginx checks them at the end of the configuration. */
  readonly used = new Map<string, true>()

  /** A name that is assigned while a request runs; the same slot for the same name. */
  assign(name: string): Setter {
    const key = name.toLowerCase()
    const known = this.#declared.get(key)
    if (known?.set) return known.set
    const builtIn = builtInVariables[key as keyof typeof builtInVariables] as BuiltIn | undefined
    if (builtIn?.set) return builtIn.set
    if (builtIn && !isSettableVariable(key)) throw new Error(`the duplicate "${name}" variable`)
    const slot = this.slotCount++
    const previous = known?.get ?? builtIn?.get ?? prefixed(key)
    const set: Setter = (x, value) => {
      x.slots[slot] = value
    }
    // A name that also has a getter (a map and a set) shows what was set, as nginx's set handler does.
    const get: Getter = previous ? (x) => x.slots[slot] ?? previous(x) : (x) => x.slots[slot]
    this.#declared.set(key, { get, slot, set })
    return set
  }

  /** The slot of an assigned name, for named captures. */
  slotOf(name: string): number {
    this.assign(name)
    return this.#declared.get(name.toLowerCase())?.slot ?? this.slotCount++
  }

  /** A computed variable (`map`, `geo`, `split_clients`). */
  declare(name: string, get: Getter): void {
    this.#declared.set(name.toLowerCase(), { get, slot: undefined, set: undefined })
  }

  /** Whether somebody declares it or it is nginx's own. */
  knows(name: string): boolean {
    const key = name.toLowerCase()
    return (
      /^[0-9]$/.test(key) ||
      this.#declared.has(key) ||
      Object.hasOwn(builtInVariables, key) ||
      prefixVariables.some(([prefix]) => key.startsWith(prefix))
    )
  }

  /** The getter of a name; it is looked up when first used, so that order of declaration does not matter. */
  getter(name: string): Getter {
    const key = name.toLowerCase()
    if (/^[0-9]$/.test(key)) {
      const index = Number(key)
      return (x) => x.captures?.[index]
    }
    this.used.set(key, true)
    if (Object.hasOwn(builtInVariables, key) && !this.#declared.has(key))
      return builtInVariables[key as keyof typeof builtInVariables].get
    let found: Getter | undefined
    return (x) => (found ??= this.#find(key))(x)
  }

  /** The getter of a name that is only known while running; undefined values for one that nobody declares. */
  find(name: string): Getter {
    const key = name.toLowerCase()
    return /^[0-9]$/.test(key) ? (x) => x.captures?.[Number(key)] : this.#find(key)
  }

  /** Names that are used and that nobody declares. */
  unknown(): string[] {
    return [...this.used.keys()].filter((name) => !this.knows(name))
  }

  #find(key: string): Getter {
    const declared = this.#declared.get(key)
    if (declared) return declared.get
    const builtIn = builtInVariables[key as keyof typeof builtInVariables] as BuiltIn | undefined
    if (builtIn) return builtIn.get
    return prefixed(key) ?? (() => undefined)
  }
}

function prefixed(key: string): Getter | undefined {
  for (const [prefix, make] of prefixVariables)
    if (key.startsWith(prefix)) return make(key.slice(prefix.length))
  return undefined
}

/** One of nginx's own variables. */
export interface BuiltIn {
  readonly get: Getter
  readonly set?: Setter
}
