/**
 * TLS towards clients: contexts are made per server when first asked for, certificates come from the
 * configuration's files or from the local authority.
 */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls'
import { constants } from 'node:crypto'
import type { CertificateSource } from '../door.ts'
import type { ServerSettings } from '../cycle/settings.ts'
import type { Listener } from './listener.ts'

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
const handshakeByte = 0x16

/** Reads certificate files relative to the configuration's folder. */
export interface TlsFiles {
  read(path: string): Buffer
  readonly source: CertificateSource | undefined
}

/** Files as the configuration names them. */
export function tlsFiles(confPrefix: string, source: CertificateSource | undefined): TlsFiles {
  return {
    read: (path) => readFileSync(path.startsWith('/') ? path : confPrefix + path),
    source,
  }
}

export class TlsFront {
  readonly #listener: Listener
  readonly #files: TlsFiles
  readonly #server: Server
  #contexts = new Map<string, Promise<SecureContext> | SecureContext>()
  #http2: ((socket: TLSSocket, listener: Listener) => void) | undefined

  constructor(listener: Listener, files: TlsFiles, http2?: (socket: TLSSocket, listener: Listener) => void) {
    this.#listener = listener
    this.#files = files
    this.#http2 = http2
    const verify = (listener.settings.virtual.default.tls?.verifyClient ?? 'off') !== 'off'
    this.#server = createServer({
      ...protocols(listener.settings.virtual.default),
      SNICallback: (name, done) => {
        this.#context(name).then(
          (context) => done(null, context),
          (error: Error) => done(error),
        )
      },
      ALPNCallback: ({ protocols: offered }) => {
        if (this.#http2 && this.#listener.settings.http2 && offered.includes('h2')) return 'h2'
        return offered.includes('http/1.1')
          ? 'http/1.1'
          : offered.includes('http/1.0')
            ? 'http/1.0'
            : undefined
      },
      requestCert: verify,
      rejectUnauthorized: false,
      sessionTimeout: Math.floor(
        (listener.settings.virtual.default.tls?.fields.sslSessionTimeout ?? 300_000) / 1000,
      ),
      allowHalfOpen: true,
    } as Parameters<typeof createServer>[0])
    this.#server.on('secureConnection', (socket) => this.#secured(socket))
    this.#server.on('tlsClientError', (error, socket) => this.#failed(error, socket))
  }

  /** A connection has come in: TLS, or somebody speaks plain HTTP to the wrong port. */
  accept(socket: Socket): void {
    const timer = this.#listener.cycle.clock.after(
      this.#listener.settings.virtual.default.clientHeaderTimeout,
      () => socket.destroy(),
    )
    socket.on('error', () => undefined) // 'close' follows
    const gone = (): void => {
      timer.cancel()
      this.#listener.dropped()
    }
    socket.once('close', gone)
    socket.once('data', (first: Buffer) => {
      timer.cancel()
      socket.off('close', gone)
      if (first[0] !== handshakeByte && ((first[0] ?? 0) & 0x80) === 0) {
        this.#listener.plain(socket)
        socket.emit('data', first)
        return
      }
      socket.pause()
      socket.unshift(first)
      void this.#handshake(socket, first)
    })
  }

  /** The default server's context must be there before OpenSSL asks: SNI may be absent. */
  async #handshake(socket: Socket, _first: Buffer): Promise<void> {
    try {
      const context = await this.#context('')
      this.#server.setSecureContext(optionsOf.get(context) ?? {})
      if (socket.destroyed) this.#listener.dropped()
      else this.#server.emit('connection', socket)
    } catch (error) {
      this.#log('crit', `cannot load certificate: ${(error as Error).message}`)
      socket.destroy()
      this.#listener.dropped()
    }
  }

  /** Certificates or settings may have changed. */
  forget(): void {
    this.#contexts = new Map()
  }

  #secured(socket: TLSSocket): void {
    if (socket.alpnProtocol === 'h2' && this.#http2) this.#http2(socket, this.#listener)
    else this.#listener.secured(socket)
  }

  #failed(error: Error, socket: TLSSocket): void {
    this.#log(
      'info',
      `SSL_do_handshake() failed (${error.message}) while SSL handshaking, client: ${socket.remoteAddress ?? ''}`,
    )
    socket.destroy()
    this.#listener.dropped()
  }

  #log(severity: 'info' | 'crit', message: string): void {
    const { listener } = { listener: this.#listener }
    listener.cycle.log(listener.settings.virtual.default.root.errorLogs, severity, message)
  }

  /** One context a name; the local authority issues for exact names. */
  async #context(name: string): Promise<SecureContext> {
    const key = name.toLowerCase()
    let context = this.#contexts.get(key)
    if (!context) {
      context = this.#make(key)
      this.#contexts.set(key, context)
      context.catch(() => this.#contexts.delete(key))
    }
    return context
  }

  async #make(name: string): Promise<SecureContext> {
    const { virtual } = this.#listener.settings
    const server = (name === '' ? undefined : virtual.names.find(name)?.server) ?? virtual.default
    if (server.tls?.reject) throw new Error('ssl_reject_handshake')
    const options: SecureContextOptions = {
      ...protocols(server),
      ...clientAuthorities(server, this.#files),
      ...(await this.#certificates(server, name)),
      ciphers: server.fields.sslCiphers === undefined ? undefined : withTls13(server.fields.sslCiphers),
      honorCipherOrder: server.fields.sslPreferServerCiphers ?? false,
      ecdhCurve: server.fields.sslEcdhCurve ?? 'auto',
      ...(server.fields.sslSessionTickets === false && { secureOptions: constants.SSL_OP_NO_TICKET }),
    }
    const context = createSecureContext(options)
    optionsOf.set(context, options)
    return context
  }

  async #certificates(server: ServerSettings, name: string): Promise<SecureContextOptions> {
    const { sslCertificate = [], sslCertificateKey = [] } = server.fields
    const { source } = this.#files
    if (sslCertificate.length > 0) {
      try {
        return {
          cert: sslCertificate.map((path) => this.#files.read(path)),
          key: sslCertificateKey.map((path) => this.#files.read(path)),
        }
      } catch (error) {
        if (!source || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    if (!source) throw new Error('no "ssl_certificate" is defined in server listening on SSL port')
    const issued = await source.forName(name || server.tls?.names[0] || 'localhost')
    return { cert: issued.cert, key: issued.key }
  }
}

// A context does not tell what it was made of, and the server's own one is set by options.
const optionsOf = new WeakMap<SecureContext, SecureContextOptions>()

function protocols(server: ServerSettings): SecureContextOptions {
  const wanted = server.fields.sslProtocols ?? ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']
  const used = versions.filter((version) => wanted.includes(version))
  return { minVersion: used[0] ?? 'TLSv1.2', maxVersion: used.at(-1) ?? 'TLSv1.3' }
}

// `ssl_ciphers` is about TLS 1.2 and before; Node takes both lists in one.
function withTls13(ciphers: string): string {
  return `TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:${ciphers}`
}

function clientAuthorities(server: ServerSettings, files: TlsFiles): SecureContextOptions {
  const paths = [server.fields.sslClientCertificate, server.fields.sslTrustedCertificate].filter(
    (path) => path !== undefined,
  )
  return paths.length === 0 ? {} : { ca: paths.map((path) => files.read(path)) }
}
