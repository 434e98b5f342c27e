/** Dialling a peer: TCP, unix sockets, TLS with session reuse. */
import { connect, isIP, type Socket } from 'node:net'
import {
  connect as tlsConnect,
  createSecureContext,
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import { readSecured, sharedRead, type Take } from '../listen/transport.ts'
import type { Exchange } from '../request/exchange.ts'
import { verifyError } from '../request/verify-errors.ts'
import type { Peer } from '../upstream/peer.ts'
import type { ProxySettings, UpstreamTls } from './settings.ts'

/**
 * Opens a connection; `ready` is called when requests may be sent, `take` with each piece that comes, errors come as
 * the socket's.
 */
export function dial(
  x: Exchange,
  settings: ProxySettings,
  peer: Peer,
  ssl: boolean,
  ready: (problem?: string) => void,
  take: Take,
): Socket {
  const localAddress = settings.localAddress?.(x)
  const socket = connect({
    ...('path' in peer.dial ? { path: peer.dial.path } : { host: peer.dial.host, port: peer.dial.port }),
    allowHalfOpen: true,
    noDelay: true,
    ...(settings.socketKeepalive && { keepAlive: true }),
    ...(localAddress && localAddress !== 'off' && { localAddress }),
    ...(!ssl && { onread: sharedRead(take) }),
  })
  if (!ssl) {
    socket.once('connect', () => ready())
    return socket
  }
  const secured = secure(x, settings.tls, socket, ready)
  readSecured(secured, take)
  return secured
}

const contexts = new WeakMap<UpstreamTls, SecureContext>()
const sessions = new Map<string, Buffer>()
const sessionsKept = 1000

function secure(x: Exchange, tls: UpstreamTls, socket: Socket, ready: (problem?: string) => void): TLSSocket {
  let context = contexts.get(tls)
  if (!context) contexts.set(tls, (context = createSecureContext(tls.options)))
  // nginx takes the port off the name and sends no address by SNI.
  const name = tls.name(x).replace(/:\d+$/, '')
  const plain = name.replace(/^\[|\]$/g, '')
  const address = /^[\d.]+$|:/.test(plain)
  const key = `${tls.kind} ${name}`
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    socket,
    secureContext: context,
    ...(tls.serverName && !address && { servername: plain }),
    ...(tls.sessionReuse && sessions.has(key) && { session: sessions.get(key) }),
    rejectUnauthorized: false,
    checkServerIdentity: anyIdentity,
    allowHalfOpen: true,
  }
  const secured = tlsConnect(options)
  if (tls.sessionReuse) secured.on('session', keepingSession(key))
  secured.once('secureConnect', () => ready(tls.verify ? verifyProblem(secured, plain, tls) : undefined))
  return secured
}

// What a connection keeps for its life is made outside the functions that know the exchange: it outlives that.
const anyIdentity = (): undefined => undefined

function keepingSession(key: string): (session: Buffer) => void {
  return (session) => {
    if (sessions.size >= sessionsKept) sessions.delete(sessions.keys().next().value ?? '')
    sessions.set(key, session)
  }
}

// nginx verifies the chain and then the name, and says which one failed.
function verifyProblem(socket: TLSSocket, name: string, tls: UpstreamTls): string | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (!socket.authorized) {
    const { number, words } = verifyError(socket.authorizationError)
    return `upstream SSL certificate verify error: (${number}:${words})`
  }
  let depth = 0
  for (
    let issuer = certificate?.issuerCertificate;
    issuer && issuer.fingerprint256 !== certificate?.fingerprint256 && depth < 20;
    issuer = issuer.issuerCertificate
  ) {
    depth++
    if (issuer.issuerCertificate?.fingerprint256 === issuer.fingerprint256) break
  }
  if (depth > tls.verifyDepth + 1)
    return 'upstream SSL certificate verify error: (22:certificate chain too long)'
  const fits = isIP(name) ? certificate?.checkIP(name) : certificate?.checkHost(name, { subject: 'default' })
  return fits === undefined ? `upstream SSL certificate does not match "${name}"` : undefined
}
