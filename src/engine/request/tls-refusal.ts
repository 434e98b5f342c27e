import type { TLSSocket } from 'node:tls'
import { clientCertificate, clientCertificateError } from './client-certificate.ts'
import { logError } from './error-log.ts'
import type { Exchange } from './exchange.ts'
import { unknownAuthority } from './verify-errors.ts'

/** What an exchange keeps when the server it asks for is not the one of its TLS handshake. */
export const misdirected = 'tls-misdirected'

/**
 * The status a request over TLS is refused with for what its handshake was: 421, 495 or 496; 0: none
 * (ngx_http_set_virtual_server, ngx_http_process_request).
 */
export function tlsRefusal(x: Exchange, socket: TLSSocket): number {
  const { verifyClient, verifyDepth } = x.server.tls
  if (verifyClient === 'off') return 0
  // Another name was negotiated, perhaps one of a server that verifies nobody.
  if (x.module?.get(misdirected)) {
    logError(
      x,
      'info',
      'client attempted to request the server name different from the one that was negotiated while reading client request headers',
    )
    return 421
  }
  const error = clientCertificateError(socket, verifyDepth)
  if (error && !(verifyClient === 'optional_no_ca' && unknownAuthority.has(error.code))) {
    logError(
      x,
      'info',
      `client SSL certificate verify error: (${error.number}:${error.words}) while reading client request headers`,
    )
    return 495
  }
  if (verifyClient === 'on' && !clientCertificate(socket)) {
    logError(x, 'info', 'client sent no required SSL certificate while reading client request headers')
    return 496
  }
  return 0
}
