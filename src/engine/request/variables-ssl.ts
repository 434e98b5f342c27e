/** `$ssl_*`: https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables */
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { cipherName, groupName } from './cipher-names.ts'
import { clientCertificate, clientCertificateError } from './client-certificate.ts'
import { helloOf } from './client-hello.ts'
import { distinguishedName, legacyDistinguishedName } from './distinguished-name.ts'
import type { Exchange } from './exchange.ts'
import type { BuiltIn, Getter } from './variable-table.ts'

function ofSocket(get: (socket: TLSSocket) => string | undefined): BuiltIn {
  return { get: (x) => x.address.ssl && get(x.address.ssl) }
}

function ofPeer(get: (certificate: X509Certificate) => string | undefined): BuiltIn {
  return ofSocket((socket) => {
    const certificate = clientCertificate(socket)
    return certificate && get(certificate)
  })
}

// What `ssl_verify_client` found; optional_no_ca lets a failed one through.
const verifyResult: Getter = (x: Exchange) => {
  const socket = x.address.ssl
  if (!socket) return undefined
  if (!clientCertificate(socket)) return 'NONE'
  const error = clientCertificateError(socket, x.server.tls.verifyDepth)
  return error ? `FAILED:${error.words}` : 'SUCCESS'
}

function pem(certificate: X509Certificate): string {
  return certificate.toString()
}

/** Percent-encodes as NGX_ESCAPE_URI_COMPONENT: everything but letters, digits and `-._~`. */
function escapeComponent(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\-._~]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** The session id in a session's DER: the fourth element of its sequence (ssl/ssl_asn1.c). */
function sessionId(session: Buffer): string {
  let at = 1 + lengthSize(session, 1)
  for (let element = 0; element < 3; element++)
    at += 1 + lengthSize(session, at + 1) + lengthAt(session, at + 1)
  const size = lengthAt(session, at + 1)
  const start = at + 1 + lengthSize(session, at + 1)
  return session.subarray(start, start + size).toString('hex')
}

function lengthSize(der: Buffer, at: number): number {
  const first = der[at] ?? 0
  return first < 0x80 ? 1 : 1 + (first & 0x7f)
}

function lengthAt(der: Buffer, at: number): number {
  const first = der[at] ?? 0
  return first < 0x80 ? first : der.readUIntBE(at + 1, Math.min(6, first & 0x7f))
}

export const sslVariables = {
  ssl_protocol: ofSocket((s) => s.getProtocol() ?? undefined),
  ssl_cipher: ofSocket((s) => s.getCipher().name),
  ssl_ciphers: ofSocket((s) => helloOf(s)?.ciphers.map(cipherName).join(':')),
  ssl_curves: ofSocket((s) => helloOf(s)?.groups.map(groupName).join(':')),
  ssl_server_name: { get: (x) => (x.address.sni === '' ? undefined : x.address.sni) },
  ssl_alpn_protocol: ofSocket((s) => s.alpnProtocol || undefined),
  ssl_session_reused: ofSocket((s) => (s.isSessionReused() ? 'r' : '.')),
  ssl_session_id: ofSocket((s) => {
    const session = s.getSession()
    return session ? sessionId(session) : undefined
  }),
  // Node takes no early data, so no request ever came in it.
  ssl_early_data: ofSocket(() => undefined),
  ssl_client_verify: { get: verifyResult },
  ssl_client_s_dn: ofPeer((c) => distinguishedName(c.subject)),
  ssl_client_i_dn: ofPeer((c) => distinguishedName(c.issuer)),
  ssl_client_s_dn_legacy: ofPeer((c) => legacyDistinguishedName(c.subject)),
  ssl_client_i_dn_legacy: ofPeer((c) => legacyDistinguishedName(c.issuer)),
  ssl_client_serial: ofPeer((c) => c.serialNumber),
  ssl_client_fingerprint: ofPeer((c) => c.fingerprint.replaceAll(':', '').toLowerCase()),
  ssl_client_v_start: ofPeer((c) => c.validFrom),
  ssl_client_v_end: ofPeer((c) => c.validTo),
  ssl_client_v_remain: {
    get: (x) => {
      const c = x.address.ssl && clientCertificate(x.address.ssl)
      return c && String(Math.max(0, Math.floor((Date.parse(c.validTo) - x.cycle.clock.now()) / 86_400_000)))
    },
  },
  ssl_client_raw_cert: ofPeer(pem),
  ssl_client_cert: ofPeer((c) => pem(c).trimEnd().replaceAll('\n', '\n\t')),
  ssl_client_escaped_cert: ofPeer((c) => escapeComponent(pem(c))),
  // Node tells a server nothing of the key exchange.
  ssl_curve: ofSocket((s) => (s.getEphemeralKeyInfo() as { name?: string } | null)?.name),
} as const satisfies Record<string, BuiltIn>
