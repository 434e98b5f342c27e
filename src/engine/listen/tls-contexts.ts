/**
 * The TLS contexts behind one listening socket: one for each certificate and set of options, made before
 * the configuration runs where that can be known, and taken over from the configuration before where
 * nothing about them has changed. Only options that OpenSSL and BoringSSL both know are used.
 */
import { constants, createHash, randomBytes } from 'node:crypto'
import { createServer, type SecureVersion, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import type { CertificatePem, CertificateSource } from '../door.ts'
import type { Exchange } from '../request/exchange.ts'

/** A certificate with its chain, and its key: PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** Where a server's certificates come from. */
export type CertificateChoice =
  | { readonly kind: 'files'; readonly pairs: readonly KeyPair[] }
  /** `ssl_certificate` with variables: read in each handshake. Throws with nginx's sentence. */
  | { readonly kind: 'computed'; load(x: Exchange): readonly KeyPair[] }
  /** Issued by the local authority: for the name asked for, or for the first of these. */
  | { readonly kind: 'issued'; readonly names: readonly string[] }

/** What a context is made of besides its certificate. */
export interface TlsServerOptions {
  readonly protocols: readonly string[]
  readonly ciphers: string
  readonly preferServerCiphers: boolean
  readonly curves: string
  readonly dhparam: string | undefined
  /** Clients are asked for a certificate. */
  readonly requestCert: boolean
  readonly authorities: readonly string[]
  readonly revoked: string | undefined
  /** Sessions may be resumed. */
  readonly resumable: boolean
  /** Seconds. */
  readonly sessionTimeout: number
  /** 48 bytes; undefined: random ones, the same for all contexts of a socket. */
  readonly ticketKeys: Buffer | undefined
  /** The largest record that is sent, in bytes. */
  readonly bufferSize: number
}

/** What all contexts of one listening socket have in common. */
export interface TlsListen {
  readonly http2: boolean
  /** Protocols of the default server: the version is agreed on before the name is known. */
  readonly protocols: readonly string[]
  /** Milliseconds. */
  readonly handshakeTimeout: number
}

/** Who is told how a handshake ends. */
export interface HandshakeUser {
  secured(socket: TLSSocket, context: TlsContext): void
  failed(error: Error, socket: TLSSocket): void
}

/** One context: a server that listens on nothing and is handed connections. */
export interface TlsContext {
  readonly server: Server
  readonly bufferSize: number
  user: HandshakeUser | undefined
}

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const satisfies readonly SecureVersion[]
const offOption = {
  TLSv1: constants.SSL_OP_NO_TLSv1,
  'TLSv1.1': constants.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': constants.SSL_OP_NO_TLSv1_2,
  'TLSv1.3': constants.SSL_OP_NO_TLSv1_3,
} satisfies Record<(typeof versions)[number], number>

// `ssl_ciphers` is about TLS 1.2 and before; Node takes both lists in one.
const tls13Ciphers = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256'

// nginx offers HTTP/1.0 and 0.9 as well (NGX_HTTP_ALPN_PROTOS).
const http1Protocols = ['http/1.1', 'http/1.0', 'http/0.9']

// Contexts of names under a wildcard and of computed paths that are kept; the oldest goes first.
const mostLateContexts = 1000
// How long an issued certificate is shown before the authority is asked again: it may have been renewed.
const issuedForMs = 3_600_000

interface Issued {
  readonly context: Promise<TlsContext>
  /** Once it is there: no promise has to be waited for. */
  ready: TlsContext | undefined
  readonly askedMono: number
}

export class TlsContexts {
  readonly #listen: TlsListen
  readonly #ticketKeys: Buffer
  readonly #previous: ReadonlyMap<string, TlsContext> | undefined
  /** By what they are made of. */
  readonly #made = new Map<string, TlsContext>()
  readonly #fixed = new Map<CertificateChoice, TlsContext>()
  readonly #issued = new Map<string, Issued>()

  /** `previous`: those of the same socket in the configuration before. */
  constructor(listen: TlsListen, previous: TlsContexts | undefined) {
    this.#listen = listen
    this.#ticketKeys = previous ? previous.#ticketKeys : randomBytes(48)
    this.#previous = previous ? previous.#made : undefined
  }

  /** Makes the context of certificates that were read; throws OpenSSL's error. */
  prepare(choice: CertificateChoice & { kind: 'files' }, options: TlsServerOptions): TlsContext {
    const context = this.#context(choice.pairs, options)
    this.#fixed.set(choice, context)
    return context
  }

  /** The context for a handshake; throws, or rejects, where there is no certificate. */
  find(
    choice: CertificateChoice,
    options: TlsServerOptions,
    name: string,
    exchange: () => Exchange,
    source: CertificateSource | undefined,
    nowMono: number,
  ): TlsContext | Promise<TlsContext> {
    const fixed = this.#fixed.get(choice)
    if (fixed) return fixed
    if (choice.kind === 'files') return this.prepare(choice, options)
    if (choice.kind === 'computed') return this.#late(choice.load(exchange()), options)
    if (!source) throw new Error('no "ssl_certificate" is defined in server listening on SSL port')
    return this.#issue(name || (choice.names[0] ?? 'localhost'), options, source, nowMono)
  }

  #issue(
    name: string,
    options: TlsServerOptions,
    source: CertificateSource,
    nowMono: number,
  ): TlsContext | Promise<TlsContext> {
    const known = this.#issued.get(name)
    if (known && nowMono - known.askedMono < issuedForMs) return known.ready ?? known.context
    const issued: Issued = {
      context: source.forName(name).then((pem: CertificatePem) => {
        issued.ready = this.#late([pem], options)
        return issued.ready
      }),
      ready: undefined,
      askedMono: nowMono,
    }
    issued.context.catch(() => this.#issued.delete(name))
    this.#issued.delete(name)
    this.#issued.set(name, issued)
    forgetOldest(this.#issued)
    return issued.context
  }

  #late(pairs: readonly KeyPair[], options: TlsServerOptions): TlsContext {
    const context = this.#context(pairs, options)
    forgetOldest(this.#made)
    return context
  }

  #context(pairs: readonly KeyPair[], options: TlsServerOptions): TlsContext {
    const { http2, protocols, handshakeTimeout } = this.#listen
    const key = createHash('sha256')
      .update(JSON.stringify([pairs, options, http2, protocols, handshakeTimeout]))
      .digest('base64')
    let context = this.#made.get(key) ?? this.#previous?.get(key)
    context ??= contextOf(this.#optionsOf(pairs, options), options.bufferSize)
    this.#made.set(key, context)
    return context
  }

  #optionsOf(pairs: readonly KeyPair[], options: TlsServerOptions): TlsOptions {
    const { http2, protocols, handshakeTimeout } = this.#listen
    return {
      ...versionRange(protocols, options.resumable),
      cert: pairs.map(({ cert }) => cert),
      key: pairs.map(({ key }) => key),
      ciphers: `${tls13Ciphers}:${options.ciphers}`,
      honorCipherOrder: options.preferServerCiphers,
      ecdhCurve: options.curves,
      ...(options.dhparam !== undefined && { dhparam: options.dhparam }),
      // An empty list keeps the public authorities out: nginx trusts only those that are named.
      ca: [...options.authorities],
      ...(options.revoked !== undefined && { crl: options.revoked }),
      requestCert: options.requestCert,
      // The request is refused, not the handshake: nginx answers with a page.
      rejectUnauthorized: false,
      ALPNProtocols: http2 ? ['h2', ...http1Protocols] : http1Protocols,
      sessionTimeout: options.sessionTimeout,
      ticketKeys: options.ticketKeys ?? this.#ticketKeys,
      // A session is resumed only where the same certificate is shown and the same clients are trusted.
      sessionIdContext: createHash('md5')
        .update(JSON.stringify([pairs.map(({ cert }) => cert), options.requestCert, options.authorities]))
        .digest('hex'),
      handshakeTimeout,
      allowHalfOpen: true,
    }
  }
}

function contextOf(options: TlsOptions, bufferSize: number): TlsContext {
  const server = createServer(options)
  const context: TlsContext = { server, bufferSize, user: undefined }
  server.on('secureConnection', (socket) => context.user?.secured(socket, context))
  server.on('tlsClientError', (error, socket) => context.user?.failed(error, socket))
  return context
}

/**
 * Unlike nginx, which has its own cache of sessions, sessions are resumed by tickets only: with a session
 * cache they are on whatever `ssl_session_tickets` says. The keys never leave this process.
 */
function versionRange(protocols: readonly string[], resumable: boolean): TlsOptions {
  const used = versions.filter((version) => protocols.includes(version))
  const first = used[0] ?? 'TLSv1.2'
  const last = used.at(-1) ?? 'TLSv1.3'
  const holes = versions.filter((version) => version > first && version < last && !used.includes(version))
  const off = [
    ...holes.map((version) => offOption[version]),
    ...(resumable ? [] : [constants.SSL_OP_NO_TICKET]),
  ]
  return {
    minVersion: first,
    maxVersion: last,
    ...(off.length > 0 && { secureOptions: off.reduce((all, option) => all | option, 0) }),
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= mostLateContexts) return
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
