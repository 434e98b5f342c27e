import type { FieldLines } from '../wire/fields.ts'

/**
 * One try at one peer, as `$upstream_addr`, `$upstream_status` and companions tell it
 * (ngx_http_upstream_state_t). Times are monotonic milliseconds; -1: not reached.
 */
export interface PeerAttempt {
  /** The peer's address, or the upstream's name when no peer could be tried. */
  readonly peer: string
  /** Which proxied request of this exchange it belongs to: `, ` within one, ` : ` between (internal redirects). */
  readonly run: number
  status: number
  startedMono: number
  connectMs: number
  headerMs: number
  responseMs: number
  bytesReceived: number
  bytesSent: number
  responseLength: number
  reused: boolean
  error: string | undefined
  requestHead: string | undefined
  /** The answer's status line with its line break, and its fields. */
  responseHead: string | undefined
  fields: FieldLines | undefined
}

/** A try that has just begun. */
export function newAttempt(peer: string, run: number, nowMono: number): PeerAttempt {
  return {
    peer,
    run,
    status: 0,
    startedMono: nowMono,
    connectMs: -1,
    headerMs: -1,
    responseMs: -1,
    bytesReceived: 0,
    bytesSent: 0,
    responseLength: 0,
    reused: false,
    error: undefined,
    requestHead: undefined,
    responseHead: undefined,
    fields: undefined,
  }
}
