/**
 * How many descriptors there are left. nginx stops accepting when there are none and leaves clients in the kernel's
 * queue. Node cannot stop: at the limit its event loop accepts all that wait and closes them, and tells nobody. So
 * before the limit is reached room is made and newcomers are let go, and what is left serves those who are in.
 */
import { readFileSync } from 'node:fs'

/** How many clients that ask for nothing are let go at a time (ngx_drain_connections). */
export const drainedAtOnce = 32
/** An eighth, as nginx counts connections (ngx_accept_disabled), for upstreams and files of those who are in. */
const reservedShare = 8
const mostReserved = 64

export class Descriptors {
  readonly #most: number
  readonly #reserved: number
  /** It was told that there are none; over when there is twice the room. */
  #told = false

  /** `limit`: how many this program may have; unknown on systems that do not tell. */
  constructor(limit: number | undefined) {
    this.#most = limit ?? Infinity
    this.#reserved = Math.min(mostReserved, Math.ceil(this.#most / reservedShare))
  }

  /** Whether a connection that got this descriptor leaves enough; the kernel gives the lowest that is free. */
  isEnough(descriptor: number): boolean {
    const left = this.#most - descriptor
    if (left > 2 * this.#reserved) this.#told = false
    return left > this.#reserved
  }

  /** True once, until there is room again. */
  shallTell(): boolean {
    const first = !this.#told
    this.#told = true
    return first
  }
}

/** The limit of open files of this process. */
export function descriptorLimit(): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined // only Linux tells
  }
}
