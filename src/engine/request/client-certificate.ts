/** The certificate a client showed in its TLS handshake, and what was found out about it. */
import type { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { verifyError, type VerifyError } from './verify-errors.ts'

interface Shown {
  readonly certificate: X509Certificate | undefined
  readonly error: VerifyError | undefined
  /** Authorities between the client's certificate and the last one of its chain. */
  intermediates: number | undefined
}

// A connection's certificate does not change: renegotiation is not offered.
const shownOn = new WeakMap<TLSSocket, Shown>()

function shown(socket: TLSSocket): Shown {
  let found = shownOn.get(socket)
  if (!found) {
    const certificate = socket.getPeerX509Certificate()
    const error = certificate && !socket.authorized ? verifyError(socket.authorizationError) : undefined
    shownOn.set(socket, (found = { certificate, error, intermediates: undefined }))
  }
  return found
}

/** The client's certificate, if it showed one. */
export function clientCertificate(socket: TLSSocket): X509Certificate | undefined {
  return shown(socket).certificate
}

/** What is wrong with the client's certificate; undefined: nothing, or there is none. */
export function clientCertificateError(socket: TLSSocket, depth: number): VerifyError | undefined {
  const state = shown(socket)
  if (!state.certificate) return undefined
  if (state.error) return state.error
  state.intermediates ??= intermediatesOf(socket)
  return state.intermediates > depth ? verifyError('CERT_CHAIN_TOO_LONG') : undefined
}

/**
 * How many authorities stand between a peer's certificate and the end of its chain: what a verify depth
 * limits. Node has no setting for the depth, so the chain it found is counted.
 */
export function intermediatesOf(socket: TLSSocket): number {
  const leaf = socket.getPeerCertificate(true)
  let count = 0
  // A certificate that signed itself is its own issuer; where the end is not known there is no issuer.
  let at: DetailedPeerCertificate | undefined = leaf
  while (at.issuerCertificate !== undefined && at.issuerCertificate !== at) {
    at = at.issuerCertificate
    count++
    if (at.issuerCertificate !== undefined && at.issuerCertificate === at) return count - 1
  }
  return count
}
