/** `ssl_*` of a server, compiled: files are read and refused here, before anything runs (ngx_http_ssl_merge_srv_conf). */
import { createHash } from 'node:crypto'
import {
  TlsContexts,
  type CertificateChoice,
  type TlsContext,
  type TlsServerOptions,
} from '../listen/tls-contexts.ts'
import { compileScript } from '../request/script.ts'
import type { CompileContext } from './compile-context.ts'
import { PemError, PemFiles, reasonOf } from './pem-files.ts'
import type { ListenSettings, ServerFields, ServerSettings, TlsSettings } from './settings.ts'

/** What a server's TLS is; problems are told, and what can be made is made. */
export function compileTls(
  fields: ServerFields,
  names: readonly string[],
  path: readonly string[],
  context: CompileContext,
): TlsSettings {
  const files = new PemFiles(context.confPrefix)
  const verifyClient = fields.sslVerifyClient ?? 'off'
  const wanted =
    fields.ssl === true || fields.sslCertificate !== undefined || fields.sslRejectHandshake === true
  const certificate = attempt(context, path, () => certificateOf(fields, names, files, path, context))
  return {
    reject: fields.sslRejectHandshake ?? false,
    verifyClient,
    verifyDepth: fields.sslVerifyDepth ?? 1,
    options: wanted || context.issues ? optionsOf(fields, files, path, context) : noOptions,
    certificate,
  }
}

function certificateOf(
  fields: ServerFields,
  names: readonly string[],
  files: PemFiles,
  path: readonly string[],
  context: CompileContext,
): CertificateChoice | undefined {
  const { sslCertificate: certificates, sslCertificateKey: keys = [] } = fields
  const issued: CertificateChoice = { kind: 'issued', names }
  if (certificates === undefined || certificates.length === 0) {
    if (context.issues) return issued
    if (fields.ssl === true && fields.sslRejectHandshake !== true)
      context.problems.error([...path, 'ssl'], 'no "ssl_certificate" is defined for the "ssl" directive')
    return undefined
  }
  if (keys.length < certificates.length) {
    if (context.issues) return issued
    const last = certificates.at(-1) ?? ''
    throw new PemError(`no "ssl_certificate_key" is defined for certificate "${last}"`)
  }
  const passwords =
    fields.sslPasswordFile === undefined ? [] : passwordsOf(fields.sslPasswordFile, files, path, context)
  if ([...certificates, ...keys].some((text) => text.includes('$')))
    return computed(certificates, keys, passwords, files, context)
  try {
    const pairs = certificates.map((certificate, i) => files.pair(certificate, keys[i] ?? '', passwords))
    return { kind: 'files', pairs }
  } catch (error) {
    // On a laptop the files of production are rarely there; the local authority issues others.
    if (context.issues && error instanceof PemError && error.missing) return issued
    throw error
  }
}

function computed(
  certificates: readonly string[],
  keys: readonly string[],
  passwords: readonly string[],
  files: PemFiles,
  { variables }: CompileContext,
): CertificateChoice {
  const scripts = certificates.map((certificate, i) => ({
    certificate: compileScript(certificate, variables),
    key: compileScript(keys[i] ?? '', variables),
  }))
  return {
    kind: 'computed',
    load: (x) => scripts.map(({ certificate, key }) => files.pair(certificate(x), key(x), passwords)),
  }
}

function passwordsOf(
  file: string,
  files: PemFiles,
  path: readonly string[],
  { problems }: CompileContext,
): string[] {
  return problems.try([...path, 'sslPasswordFile'], () => files.passwords(file)) ?? []
}

const noOptions: TlsServerOptions = {
  protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
  ciphers: 'HIGH:!aNULL:!MD5',
  preferServerCiphers: false,
  curves: 'auto',
  dhparam: undefined,
  requestCert: false,
  authorities: [],
  revoked: undefined,
  resumable: true,
  sessionTimeout: 300,
  ticketKeys: undefined,
  bufferSize: 16_384,
}

function optionsOf(
  fields: ServerFields,
  files: PemFiles,
  path: readonly string[],
  context: CompileContext,
): TlsServerOptions {
  const verify = fields.sslVerifyClient ?? 'off'
  const { sslClientCertificate: client, sslTrustedCertificate: trusted, sslCrl, sslDhparam } = fields
  if (verify !== 'off' && verify !== 'optional_no_ca' && client === undefined)
    context.problems.error([], 'no ssl_client_certificate for ssl_verify_client')
  const read = (file: string | undefined, load: (path: string) => string): string | undefined =>
    file === undefined ? undefined : attempt(context, path, () => load(file))
  const authorities = [
    verify === 'off' ? undefined : read(client, (file) => files.authorities(file)),
    read(trusted, (file) => files.authorities(file)),
  ]
  return {
    protocols: fields.sslProtocols ?? noOptions.protocols,
    ciphers: fields.sslCiphers ?? noOptions.ciphers,
    preferServerCiphers: fields.sslPreferServerCiphers ?? false,
    curves: fields.sslEcdhCurve ?? 'auto',
    dhparam: read(sslDhparam, (file) => files.dhParameters(file)),
    requestCert: verify !== 'off',
    authorities: authorities.filter((pem) => pem !== undefined),
    revoked: read(sslCrl, (file) => files.revoked(file)),
    resumable: fields.sslSessionTickets !== false || keepsSessions(fields.sslSessionCache),
    sessionTimeout: Math.floor((fields.sslSessionTimeout ?? 300_000) / 1000),
    ticketKeys: ticketKeys(fields.sslSessionTicketKey, files, path, context),
    bufferSize: fields.sslBufferSize ?? noOptions.bufferSize,
  }
}

/** Whether `ssl_session_cache` remembers sessions at all. */
function keepsSessions(cache: readonly string[] | undefined): boolean {
  return cache?.some((word) => word.startsWith('shared:') || word.startsWith('builtin')) ?? false
}

// Unlike nginx, one key of 48 bytes is made of the first file whatever its size: the tickets are read by
// this program only.
function ticketKeys(
  paths: readonly string[] | undefined,
  files: PemFiles,
  path: readonly string[],
  { problems }: CompileContext,
): Buffer | undefined {
  let first: Buffer | undefined
  for (const file of paths ?? [])
    problems.try([...path, 'sslSessionTicketKey'], () => {
      const bytes = files.bytes(file)
      if (bytes.length !== 48 && bytes.length !== 80)
        throw new PemError(`"${files.path(file)}" must be 48 or 80 bytes`)
      first ??= createHash('sha384').update(bytes).digest()
    })
  return first
}

/** Runs a step that speaks of files; nginx tells no place in the configuration for those. */
function attempt<T>(context: CompileContext, path: readonly string[], run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof PemError)) throw error
    // Where no nginx is imitated, the place helps.
    context.problems.error(context.issues ? path : [], error.message)
    return undefined
  }
}

/** The contexts of a socket that speaks TLS; those of files are made now, so that what is wrong is told in time. */
export function compileContexts(
  listen: Pick<ListenSettings, 'http2' | 'virtual'>,
  servers: readonly { settings: ServerSettings; path: readonly string[] }[],
  previous: TlsContexts | undefined,
  context: CompileContext,
): TlsContexts {
  const defaultServer = listen.virtual.default
  const contexts = new TlsContexts(
    {
      http2: listen.http2,
      protocols: defaultServer.tls.options.protocols,
      handshakeTimeout: defaultServer.clientHeaderTimeout,
    },
    previous,
  )
  for (const { settings, path } of servers) prepare(contexts, settings.tls, path, context)
  checkCertificates(defaultServer, servers, context)
  return contexts
}

function prepare(
  contexts: TlsContexts,
  { certificate, options }: TlsSettings,
  path: readonly string[],
  context: CompileContext,
): TlsContext | undefined {
  if (certificate?.kind !== 'files') return undefined
  try {
    return contexts.prepare(certificate, options)
  } catch (error) {
    context.problems.error(context.issues ? path : [], contextProblem(error, options))
    return undefined
  }
}

function contextProblem(error: unknown, options: TlsServerOptions): string {
  const message = error instanceof Error ? error.message : String(error)
  if (message.includes('no cipher match'))
    return `SSL_CTX_set_cipher_list("${options.ciphers}") failed (${reasonOf(error)})`
  if (message.includes('ECDH curve'))
    return `SSL_CTX_set1_curves_list("${options.curves}") failed (SSL: error:0A080106:SSL routines::passed invalid argument:group '${options.curves}' cannot be set)`
  return `SSL_CTX_use_certificate() failed (${reasonOf(error)})`
}

/** Somebody has to show a certificate where nobody is turned away (ngx_http_ssl_init). */
function checkCertificates(
  defaultServer: ServerSettings,
  servers: readonly { settings: ServerSettings; path: readonly string[] }[],
  { problems }: CompileContext,
): void {
  if (hasCertificate(defaultServer)) return
  const refused = servers.find(({ settings }) =>
    defaultServer.tls.reject ? !hasCertificate(settings) && !settings.tls.reject : settings === defaultServer,
  )
  if (refused)
    problems.error(refused.path, 'no "ssl_certificate" is defined for the "listen ... ssl" directive')
}

function hasCertificate({ tls, fields }: ServerSettings): boolean {
  return tls.certificate !== undefined || (fields.sslCertificate?.length ?? 0) > 0
}
