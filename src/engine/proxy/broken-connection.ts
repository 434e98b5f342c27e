/** What is said where a connection to a peer breaks, in nginx's words. */
import { systemError } from '../request/system-error.ts'
import type { UpstreamError } from './errors.ts'

/** How far a run has come. */
export type Stage = 'idle' | 'connecting' | 'head' | 'body' | 'over'

/** What a run is doing, for the error log. */
export const doing: Readonly<Record<Stage, string>> = {
  idle: 'connecting to upstream',
  connecting: 'connecting to upstream',
  head: 'reading response header from upstream',
  body: 'reading upstream',
  over: 'reading upstream',
}

/** What broke and, where that is not what the stage says, what was being done. */
export interface Broken {
  readonly error: UpstreamError
  readonly what?: string
}

/** Errors of a program that may open no more. */
const noDescriptor: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE'])

/** The peer sent its last byte where it owed more. */
export function endedEarly(stage: Stage, ssl: boolean): Broken {
  return stage === 'connecting' && ssl
    ? handshakeBroken(undefined)
    : { error: { kind: 'error', message: 'upstream prematurely closed connection' } }
}

/** The connection is gone; `error` is the system's or the TLS library's, if there was one. */
export function brokenBy(error: NodeJS.ErrnoException | undefined, stage: Stage, ssl: boolean): Broken {
  const connecting = stage === 'connecting'
  const exhausted = noDescriptor.has(error?.code ?? '')
  // The connection stands, and what broke is the handshake on it.
  if (connecting && ssl && error?.syscall !== 'connect' && !exhausted) return handshakeBroken(error)
  if (!error) return endedEarly(stage, false)
  // Not the peer's fault, and another one would not do better (NGX_ERROR of ngx_event_connect_peer).
  if (connecting && exhausted)
    return { error: { kind: 'local', message: `socket() failed (${systemError(error)})` } }
  // nginx does not hear of a reset through TLS.
  if (ssl && error.code === 'ECONNRESET') return endedEarly(stage, false)
  const call = connecting ? 'connect()' : 'recv()'
  return { error: { kind: 'error', message: `${call} failed (${systemError(error)})` } }
}

/** A TLS handshake came to nothing. */
function handshakeBroken(error: NodeJS.ErrnoException | undefined): Broken {
  const message =
    error && error.syscall === undefined
      ? `SSL_do_handshake() failed (SSL: ${error.message.trim()})`
      : `peer closed connection in SSL handshake${error ? ` (${systemError(error)})` : ''}`
  return { error: { kind: 'error', message }, what: handshaking }
}

/** What is done between connecting and the first request. */
export const handshaking = 'SSL handshaking to upstream'
