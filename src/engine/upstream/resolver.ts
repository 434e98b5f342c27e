/** `resolver`: names looked up while running, believed for as long as the name server says (ngx_resolver.c). */
import type { RecordWithTtl } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { ResolverLine } from '../../config/resolver-line.ts'

/** A name's addresses, IPv4 first. */
export interface Resolved {
  readonly addresses: readonly string[]
  /** Monotonic milliseconds. */
  readonly validUntil: number
}

/** Why there is no address, in nginx's words: `3: Host not found`. */
export class ResolveError extends Error {
  readonly notFound: boolean
  constructor(message: string, notFound: boolean) {
    super(message)
    this.notFound = notFound
  }
}

const reasons: Readonly<Record<string, string>> = {
  EFORMERR: '1: Format error',
  ESERVFAIL: '2: Server failure',
  ENOTFOUND: '3: Host not found',
  ENODATA: '3: Host not found',
  EBADNAME: '3: Host not found',
  ENOTIMP: '4: Unimplemented',
  EREFUSED: '5: Operation refused',
}
const timedOut = '110: Operation timed out'

// nginx asks again after five seconds, and the next server then.
const resendMs = 5000
const sends = 6
// Names that variables make come from clients: so many are remembered.
const mostNames = 1000
// NGX_RESOLVER_MAX_RECURSION
const mostAliases = 50

/** The name servers of a line as the system's resolver takes them; throws nginx's sentence for a name without an address. */
function addressesOfServers(
  { servers }: ResolverLine,
  addressesOf: (host: string) => readonly string[],
): string[] {
  return servers.flatMap(({ host, port }) => {
    const found = isIP(host) ? [host] : addressesOf(host)
    if (found.length === 0) throw new Error(`host not found in resolver "${host}"`)
    return found.map((ip) => `${isIP(ip) === 6 ? `[${ip}]` : ip}:${port}`)
  })
}

/** Looks names up and remembers them; who asks for a name that is being asked for waits for the same answer. */
export class NameResolver {
  readonly #line: ResolverLine
  readonly #clock: Clock
  readonly #dns = new Resolver({ timeout: resendMs, tries: sends })
  readonly #known = new Map<string, Resolved>()
  readonly #asked = new Map<string, Promise<Resolved>>()

  /** `addressesOf`: of name servers that have names. */
  constructor(line: ResolverLine, clock: Clock, addressesOf: (host: string) => readonly string[]) {
    this.#line = line
    this.#clock = clock
    this.#dns.setServers(addressesOfServers(line, addressesOf))
  }

  /** Rejects with a ResolveError, after `timeout` milliseconds at the latest. */
  async resolve(host: string, timeout: number): Promise<Resolved> {
    const name = host.toLowerCase().replace(/\.$/, '')
    const known = this.#known.get(name)
    if (known && known.validUntil > this.#clock.monotonic()) return known
    let asked = this.#asked.get(name)
    if (!asked) {
      asked = this.#ask(name)
      this.#asked.set(name, asked)
    }
    return this.#within(asked, timeout)
  }

  #within(asked: Promise<Resolved>, timeout: number): Promise<Resolved> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeout, () => reject(new ResolveError(timedOut, false)))
      asked.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  async #ask(name: string): Promise<Resolved> {
    try {
      const records = await this.#records(name, mostAliases)
      const lives = this.#line.valid ?? 1000 * Math.min(...records.map((record) => record.ttl))
      const resolved = {
        // As often as the name server says them: each is a peer, and one more try.
        addresses: records.map(({ address }) => address),
        validUntil: this.#clock.monotonic() + lives,
      }
      this.#remember(name, resolved)
      return resolved
    } finally {
      this.#asked.delete(name)
    }
  }

  async #records(name: string, aliases: number): Promise<RecordWithTtl[]> {
    const { ipv4, ipv6 } = this.#line
    const ttl = { ttl: true } as const
    const found = await Promise.allSettled([
      ...(ipv4 ? [this.#dns.resolve4(name, ttl)] : []),
      ...(ipv6 ? [this.#dns.resolve6(name, ttl)] : []),
    ])
    const records = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    if (records.length > 0) return records
    const codes = found.flatMap(codeOf)
    // A name server that does not recurse says what a name is called otherwise, and no more.
    const empty = codes.every((code) => code === 'ENODATA')
    const [alias] = empty && aliases > 0 ? await this.#dns.resolveCname(name).catch(noAlias) : []
    if (alias === undefined) throw failureOf(codes)
    return this.#records(alias, aliases - 1)
  }

  #remember(name: string, resolved: Resolved): void {
    this.#known.delete(name)
    this.#known.set(name, resolved)
    const [oldest] = this.#known.keys()
    if (this.#known.size > mostNames && oldest !== undefined) this.#known.delete(oldest)
  }
}

// Whether there is an alias is only a question where there is no address: that is what is told.
const noAlias = (): string[] => []

function codeOf(one: PromiseSettledResult<unknown>): string[] {
  return one.status === 'rejected' ? [(one.reason as NodeJS.ErrnoException).code ?? ''] : []
}

// One family that is not there says nothing where the other one failed for a reason.
function failureOf(codes: readonly string[]): ResolveError {
  const messages = codes.map((code) => reasons[code] ?? timedOut)
  const worst = messages.find((message) => !message.startsWith('3:')) ?? messages[0] ?? '3: Host not found'
  return new ResolveError(worst, worst.startsWith('3:'))
}
