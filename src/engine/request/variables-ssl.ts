/** `$ssl_*`: https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables */
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Exchange } from './exchange.ts'
import type { BuiltIn, Getter } from './variable-table.ts'

function ofSocket(get: (socket: TLSSocket) => string | undefined): BuiltIn {
  return { get: (x) => x.address.ssl && get(x.address.ssl) }
}

function ofPeer(get: (certificate: X509Certificate, socket: TLSSocket) => string | undefined): BuiltIn {
  return ofSocket((socket) => {
    const certificate = peerCertificate(socket)
    return certificate && get(certificate, socket)
  })
}

const peers = new WeakMap<TLSSocket, X509Certificate>()

function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  let certificate = peers.get(socket)
  if (!certificate) {
    certificate = socket.getPeerX509Certificate()
    if (certificate) peers.set(socket, certificate)
  }
  return certificate
}

// RFC 2253 order and escapes, as $ssl_client_s_dn has them: last first, joined by commas.
function distinguishedName(lines: string): string {
  return lines
    .split('\n')
    .reverse()
    .map((line) => line.replace(/([,+"\\<>;])/g, '\\$1').replace('\\=', '='))
    .join(',')
}

function pem(certificate: X509Certificate): string {
  return certificate.toString()
}

// What `ssl_verify_client` found; optional and optional_no_ca let a failed one through.
const verifyResult: Getter = (x: Exchange) => {
  const socket = x.address.ssl
  if (!socket) return undefined
  if (!peerCertificate(socket)) return 'NONE'
  if (socket.authorized) return 'SUCCESS'
  const reason = socket.authorizationError as Error | string | undefined
  return `FAILED:${typeof reason === 'string' ? reason : (reason?.message ?? 'unknown')}`
}

export const sslVariables = {
  ssl_protocol: ofSocket((s) => s.getProtocol() ?? undefined),
  ssl_cipher: ofSocket((s) => s.getCipher().name),
  ssl_server_name: ofSocket((s) => (s as TLSSocket & { servername?: string | false }).servername || ''),
  ssl_alpn_protocol: ofSocket((s) => s.alpnProtocol || ''),
  ssl_session_reused: ofSocket((s) => (s.isSessionReused() ? 'r' : '.')),
  ssl_session_id: ofSocket((s) => s.getSession()?.subarray(0, 32).toString('hex') ?? ''),
  ssl_early_data: ofSocket(() => ''),
  ssl_client_verify: { get: verifyResult },
  ssl_client_s_dn: ofPeer((c) => distinguishedName(c.subject)),
  ssl_client_i_dn: ofPeer((c) => distinguishedName(c.issuer)),
  ssl_client_s_dn_legacy: ofPeer((c) => `/${c.subject.split('\n').join('/')}`),
  ssl_client_i_dn_legacy: ofPeer((c) => `/${c.issuer.split('\n').join('/')}`),
  ssl_client_serial: ofPeer((c) => c.serialNumber),
  ssl_client_fingerprint: ofPeer((c) => c.fingerprint.replaceAll(':', '').toLowerCase()),
  ssl_client_v_start: ofPeer((c) => c.validFrom),
  ssl_client_v_end: ofPeer((c) => c.validTo),
  ssl_client_v_remain: {
    get: (x) => {
      const c = x.address.ssl && peerCertificate(x.address.ssl)
      return c && String(Math.max(0, Math.floor((Date.parse(c.validTo) - x.cycle.clock.now()) / 86_400_000)))
    },
  },
  ssl_client_raw_cert: ofPeer(pem),
  ssl_client_cert: ofPeer((c) => pem(c).trimEnd().replaceAll('\n', '\n\t')),
  ssl_client_escaped_cert: ofPeer((c) => encodeURIComponent(pem(c))),
  ssl_curve: ofSocket((s) => (s.getEphemeralKeyInfo() as { name?: string } | null)?.name ?? ''),
} as const satisfies Record<string, BuiltIn>
