/** The upstream: it is told what to answer to the request that is played, and answers all others. */
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import type { Certificate } from '../../parity/certificate.ts'
import { End, TlsWire } from './end.ts'
import { plainAnswer } from './phases.ts'
import { isWhole, latestRequest } from './whole.ts'

export class Upstream {
  /** Connections since the play began. */
  ends: End[] = []
  /** Whole requests are answered. */
  answers = true
  /** TLS is spoken. */
  shakes = true
  readonly #server: net.Server
  readonly #open = new Set<End>()

  constructor(secure?: Certificate) {
    this.#server = net.createServer({ noDelay: true, allowHalfOpen: true }, (raw) => {
      const end = secure && this.shakes ? secured(raw, secure) : new End(raw)
      this.#open.add(end)
      this.ends.push(end)
      end.stream.on('data', () => this.#answer(end))
      raw.on('end', () => end.destroy())
      raw.on('close', () => this.#open.delete(end))
    })
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Another play begins. */
  forget(): void {
    this.ends = []
    this.answers = true
    this.shakes = true
  }

  /** The connection that was made last. */
  get latest(): End | undefined {
    return this.ends.at(-1)
  }

  #answer(end: End): void {
    if (this.answers && isWhole(latestRequest(end.heard))) end.say(plainAnswer)
  }

  /** Closes what is still open. */
  release(): void {
    for (const end of this.#open) end.destroy()
  }

  async close(): Promise<void> {
    this.release()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function secured(raw: net.Socket, { certificate, key }: Certificate): End {
  const wire = new TlsWire(raw)
  const stream = new tls.TLSSocket(wire, { isServer: true, cert: certificate, key })
  return new End(raw, stream, wire)
}
