/** What listens on this machine and could be a route's target. */

/** Something that takes connections here. */
export interface FoundService {
  /** Where it is dialled: `127.0.0.1:3000`. */
  readonly address: string
  readonly port: number
  /** `node server.js`; absent where the system does not tell it to us. */
  readonly process?: string
}

/** A container with a port that can be reached from here. */
export interface FoundContainer {
  /** As the configuration would name it in production: `my-app:3000`. */
  readonly name: string
  /** Where it is dialled here. */
  readonly address: string
  readonly image: string
}

export interface FoundServices {
  readonly services: readonly FoundService[]
  readonly containers: readonly FoundContainer[]
  /** Why no containers are listed, in words; absent: Docker answered, or is not there. */
  readonly dockerProblem?: string
}

/** What came of really asking a route. */
export interface RouteTrial {
  /** 0: there was no answer. */
  readonly status: number
  readonly ms: number
  /** Why there was no answer, or what the answer means, with the way out. */
  readonly problem?: string
  /** The name leads to this machine by itself; where not, a line for the hosts file is needed. */
  readonly resolves: boolean
}
