/** What clients can do, for `$ssl_ciphers` and `$ssl_curves`; kept only where a configuration asks for it. */
import type { TLSSocket } from 'node:tls'
import type { ClientHello } from '../wire/client-hello.ts'

const hellos = new WeakMap<TLSSocket, ClientHello>()

/** The variables that need it. */
export const helloVariables: ReadonlySet<string> = new Set(['ssl_ciphers', 'ssl_curves'])

export function rememberHello(socket: TLSSocket, hello: ClientHello): void {
  hellos.set(socket, hello)
}

export function helloOf(socket: TLSSocket): ClientHello | undefined {
  return hellos.get(socket)
}
