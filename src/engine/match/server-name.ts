/** Which server answers a name: https://nginx.org/en/docs/http/server_names.html */
import type { ServerSettings } from '../cycle/settings.ts'

/** The name that matched, and captures where it was an expression. */
export interface NameMatch {
  readonly server: ServerSettings
  readonly captures?: RegExpExecArray
  readonly assign?: (captures: RegExpExecArray, slots: (string | undefined)[]) => void
}

interface RegexName {
  readonly regex: RegExp
  readonly server: ServerSettings
  readonly assign: NameMatch['assign']
}

/** The names of one listening address: exact first, then the longest `*.suffix`, the longest `prefix.*`, then expressions in order. */
export class ServerNames {
  readonly #exact = new Map<string, NameMatch>()
  /** Key: the suffix with its leading dot. */
  readonly #suffix = new Map<string, NameMatch>()
  /** Key: the prefix with its trailing dot. */
  readonly #prefix = new Map<string, NameMatch>()
  readonly #regexes: RegexName[] = []

  /** Adds a name; false when another server has it already (nginx: conflicting server name, ignored). */
  add(name: string, server: ServerSettings): boolean {
    const lower = name.toLowerCase()
    if (lower.startsWith('*.')) return put(this.#suffix, lower.slice(1), server)
    if (lower.endsWith('.*')) return put(this.#prefix, lower.slice(0, -1), server)
    if (lower.startsWith('.')) {
      const exact = put(this.#exact, lower.slice(1), server)
      return put(this.#suffix, lower, server) && exact
    }
    return put(this.#exact, lower, server)
  }

  addRegex(regex: RegExp, server: ServerSettings, assign: NameMatch['assign']): void {
    this.#regexes.push({ regex, server, assign })
  }

  /** The server of a lower-case host name without port; undefined: the default one. */
  find(host: string): NameMatch | undefined {
    const exact = this.#exact.get(host)
    if (exact) return exact
    if (this.#suffix.size > 0) {
      for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
        const match = this.#suffix.get(host.slice(dot))
        if (match) return match
      }
    }
    if (this.#prefix.size > 0) {
      for (let dot = host.lastIndexOf('.'); dot > 0; dot = host.lastIndexOf('.', dot - 1)) {
        const match = this.#prefix.get(host.slice(0, dot + 1))
        if (match) return match
      }
    }
    for (const { regex, server, assign } of this.#regexes) {
      const captures = regex.exec(host)
      if (captures) return assign ? { server, captures, assign } : { server, captures }
    }
    return undefined
  }
}

function put(names: Map<string, NameMatch>, key: string, server: ServerSettings): boolean {
  const other = names.get(key)
  if (other) return other.server === server
  names.set(key, { server })
  return true
}
