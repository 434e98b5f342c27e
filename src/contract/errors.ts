/** Errors that cross the contract: each has a code, so that a client can act on it without reading sentences. */

/**
 * `invalid-input`: the host refused what it was given. `unknown-name`: no such command or stream.
 * `closed`: the connection ended before there was an answer. `state-folder`: saving failed, nothing changed.
 * `not-found`: what was asked for is not there. `cannot`: it cannot be done, for the reason told. `internal`: our mistake; the message is for a bug report.
 */
export const errorCodes = [
  'invalid-input',
  'unknown-name',
  'closed',
  'state-folder',
  'not-found',
  'cannot',
  'internal',
] as const

/** One of `errorCodes`. */
export type ErrorCode = (typeof errorCodes)[number]

/** What a command of the contract rejects with, on both sides. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** Anything thrown, as what may cross: what has no code is `internal`. */
export function toContractError(error: unknown): ContractError {
  if (error instanceof ContractError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ContractError('internal', message, { cause: error })
}
