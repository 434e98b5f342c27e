/** ngx_http_ssl_module: https://nginx.org/en/docs/http/ngx_http_ssl_module.html */
import { moduleTable } from '../directive.ts'
import {
  duration,
  flag,
  integer,
  keyword,
  keywords,
  orOff,
  script,
  several,
  size,
  text,
} from '../syntaxes.ts'

const { directive } = moduleTable('http_ssl')
const at = ['http', 'server'] as const

export const sslDirectives = {
  ssl: directive('ssl', {
    contexts: at,
    syntax: flag,
    default: false,
    doc: 'Obsolete: say ssl on the listen line.',
  }),
  sslCertificate: directive('ssl_certificate', {
    contexts: at,
    syntax: script,
    repeat: 'list',
    doc: 'The certificate shown to clients, with its chain.',
  }),
  sslCertificateKey: directive('ssl_certificate_key', {
    contexts: at,
    syntax: script,
    repeat: 'list',
    doc: 'Its key.',
  }),
  sslPasswordFile: directive('ssl_password_file', {
    contexts: at,
    syntax: text,
    doc: 'Passphrases of keys.',
  }),
  sslProtocols: directive('ssl_protocols', {
    contexts: at,
    syntax: keywords('SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'),
    default: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
    repeat: 'concat',
    doc: 'The TLS versions clients may use.',
  }),
  sslCiphers: directive('ssl_ciphers', {
    contexts: at,
    syntax: text,
    default: 'HIGH:!aNULL:!MD5',
    doc: 'The ciphers clients may use.',
  }),
  sslPreferServerCiphers: directive('ssl_prefer_server_ciphers', {
    contexts: at,
    syntax: flag,
    default: false,
    doc: "Whether the server's order of ciphers counts.",
  }),
  sslEcdhCurve: directive('ssl_ecdh_curve', {
    contexts: at,
    syntax: text,
    default: 'auto',
    doc: 'Curves for the key exchange.',
  }),
  sslDhparam: directive('ssl_dhparam', {
    contexts: at,
    syntax: text,
    doc: 'Parameters of the DH key exchange.',
  }),
  sslSessionCache: directive('ssl_session_cache', {
    contexts: at,
    syntax: several(text, 1, 2),
    doc: 'Where TLS sessions are remembered.',
  }),
  sslSessionTimeout: directive('ssl_session_timeout', {
    contexts: at,
    syntax: duration,
    default: 300_000,
    doc: 'How long a TLS session may be resumed.',
  }),
  sslSessionTickets: directive('ssl_session_tickets', {
    contexts: at,
    syntax: flag,
    default: true,
    doc: 'Whether sessions are resumed by tickets.',
  }),
  sslSessionTicketKey: directive('ssl_session_ticket_key', {
    contexts: at,
    syntax: text,
    repeat: 'list',
    doc: 'Keys of the tickets.',
  }),
  sslBufferSize: directive('ssl_buffer_size', {
    contexts: at,
    syntax: size,
    default: 16_384,
    doc: 'The largest TLS record.',
  }),
  sslClientCertificate: directive('ssl_client_certificate', {
    contexts: at,
    syntax: text,
    doc: "Authorities for clients' certificates.",
  }),
  sslTrustedCertificate: directive('ssl_trusted_certificate', {
    contexts: at,
    syntax: text,
    doc: 'Further authorities.',
  }),
  sslVerifyClient: directive('ssl_verify_client', {
    contexts: at,
    syntax: keyword('on', 'off', 'optional', 'optional_no_ca'),
    default: 'off',
    doc: 'Whether clients must show a certificate.',
  }),
  sslVerifyDepth: directive('ssl_verify_depth', {
    contexts: at,
    syntax: integer(0),
    default: 1,
    doc: 'How long their chain may be.',
  }),
  sslCrl: directive('ssl_crl', { contexts: at, syntax: text, doc: 'Revoked certificates.' }),
  sslOcsp: directive('ssl_ocsp', {
    contexts: at,
    syntax: keyword('on', 'off', 'leaf'),
    doc: "Asks whether clients' certificates are revoked.",
    applied: 'kept',
  }),
  sslOcspCache: directive('ssl_ocsp_cache', {
    contexts: at,
    syntax: orOff(text),
    doc: 'Remembers those answers.',
    applied: 'kept',
  }),
  sslOcspResponder: directive('ssl_ocsp_responder', {
    contexts: at,
    syntax: text,
    doc: 'Whom to ask.',
    applied: 'kept',
  }),
  sslStapling: directive('ssl_stapling', {
    contexts: at,
    syntax: flag,
    default: false,
    doc: 'Staples an OCSP answer; the local authority has none.',
    applied: 'export',
  }),
  sslStaplingVerify: directive('ssl_stapling_verify', {
    contexts: at,
    syntax: flag,
    default: false,
    doc: 'Verifies stapled answers.',
    applied: 'export',
  }),
  sslStaplingFile: directive('ssl_stapling_file', {
    contexts: at,
    syntax: text,
    doc: 'The answer to staple.',
    applied: 'export',
  }),
  sslStaplingResponder: directive('ssl_stapling_responder', {
    contexts: at,
    syntax: text,
    doc: 'Where to get it.',
    applied: 'export',
  }),
  sslEarlyData: directive('ssl_early_data', {
    contexts: at,
    syntax: flag,
    default: false,
    doc: 'TLS 1.3 early data.',
    applied: 'kept',
  }),
  sslRejectHandshake: directive('ssl_reject_handshake', {
    contexts: at,
    syntax: flag,
    default: false,
    doc: 'Refuses TLS handshakes for these names.',
  }),
  sslConfCommand: directive('ssl_conf_command', {
    contexts: at,
    syntax: several(text, 2, 2),
    repeat: 'list',
    doc: 'OpenSSL settings.',
    applied: 'kept',
  }),
}
