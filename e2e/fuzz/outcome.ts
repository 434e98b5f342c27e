/** A request as it reached the origin. */
export interface Forwarded {
  readonly method: string
  readonly target: string
  /** Without those that a proxy makes itself. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What came of one connection. */
export interface Outcome {
  /** The statuses of the responses, in order; 0 stands for one without a head (HTTP/0.9), -1 for none in 10 s. */
  readonly statuses: readonly number[]
  readonly forwarded: readonly Forwarded[]
}

/** Fields that nginx does not pass on, or sets itself; lower case. */
export const ownFields: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'te',
  'keep-alive',
  'expect',
  'upgrade',
  'x-client',
])
