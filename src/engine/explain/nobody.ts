/** The client of a request that is only thought of: takes the head of the answer, and says nothing. */
import type { TLSSocket } from 'node:tls'
import { answerHead } from '../listen/answer-head.ts'
import type { ClientAddress, ClientSide } from '../request/client-side.ts'
import type { Exchange } from '../request/exchange.ts'
import type { Trial } from '../request/trial.ts'
import { shownText } from './trial.ts'

/** Hands the answer to the trial. */
export function nobody(trial: Trial): ClientSide {
  return {
    protocol: 'http/1',
    onDrain: undefined,
    head: (x, answer) =>
      trial.ends({
        kind: 'answered',
        place: placeOf(x),
        status: answer.status,
        head: shownText(answerHead(x, answer, false)),
      }),
    interim: () => undefined,
    write: () => true,
    flush: () => undefined,
    end: () => undefined,
    abort: (x) => trial.ends({ kind: 'closed', place: placeOf(x) }),
    pending: () => 0,
    upgrade: () => undefined,
  }
}

/** The level of the configuration an exchange is at. */
export function placeOf({ settings, server }: Exchange): { route: string; label: string } {
  return { route: settings.route, label: settings.label || server.label }
}

/** What a browser of today would have negotiated, and no certificate of its own. */
const thoughtOfTls: Partial<TLSSocket> = {
  alpnProtocol: 'http/1.1',
  authorized: false,
  getProtocol: () => 'TLSv1.3',
  getCipher: () => ({
    name: 'TLS_AES_256_GCM_SHA384',
    standardName: 'TLS_AES_256_GCM_SHA384',
    version: 'TLSv1.3',
  }),
  isSessionReused: () => false,
  getSession: () => undefined,
  getPeerX509Certificate: () => undefined,
  getEphemeralKeyInfo: () => null,
}

/** A connection that nobody opened. */
export function thoughtOfAddress(
  from: string,
  to: string,
  ports: { readonly server: number; readonly local: number },
  sni: string | undefined,
  now: number,
): ClientAddress {
  return {
    remoteAddress: from,
    remotePort: 0,
    localAddress: to,
    serverPort: ports.server,
    localPort: ports.local,
    // Only what variables and certificate checks ask of it is there.
    ssl: sni === undefined ? undefined : (thoughtOfTls as TLSSocket),
    sni: sni ?? '',
    serial: 0,
    requests: 1,
    startedMono: now,
    proxyProtocol: undefined,
  }
}
