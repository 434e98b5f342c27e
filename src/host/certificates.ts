/** Certificates of this machine's names: what the engine asks for, what the window shows, who trusts them. */
import { join } from 'node:path'
import type { Clock, Timer } from '../base/clock.ts'
import { ContractError } from '../contract/errors.ts'
import type { CertificatesState } from '../contract/program.ts'
import type { CertificateSource } from '../engine/index.ts'
import { certificateFileName, certificateName } from '../pki/names.ts'
import { CertificateStore } from '../pki/store.ts'
import { trustStores } from '../pki/trust.ts'
import type { TrustStore } from '../pki/trust/trust-store.ts'
import { Watched } from './watched.ts'

export interface CertificatesOptions {
  /** The state folder; certificates are in its folder `certificates`. */
  readonly folder: string
  readonly clock: Clock
  readonly warn: (message: string) => void
  /** This machine's, unless said. */
  readonly trustStores?: readonly TrustStore[]
}

const dayMs = 86_400_000
// Certificates are issued in bursts, at the first visit of a page with several names.
const settleMs = 200

export class Certificates {
  readonly #folder: string
  readonly #store: CertificateStore
  readonly #clock: Clock
  readonly #trustStores: readonly TrustStore[]
  readonly #state = new Watched<CertificatesState>({ leaves: [], stores: [] })
  readonly #warn: (message: string) => void
  #stores: CertificatesState['stores'] | undefined
  #watchers = 0
  #renewal: Timer | undefined
  #refreshing: Timer | undefined

  constructor(options: CertificatesOptions) {
    this.#clock = options.clock
    this.#warn = options.warn
    this.#trustStores = options.trustStores ?? trustStores()
    this.#folder = join(options.folder, 'certificates')
    this.#store = new CertificateStore(this.#folder, {
      now: () => options.clock.now(),
      onWarning: options.warn,
    })
    this.#renewal = this.#renewDaily()
  }

  /** What the engine asks. */
  readonly source: CertificateSource = {
    forName: async (name) => {
      const leaf = await this.#store.forName(name)
      this.#refreshSoon()
      return { cert: leaf.certificatePem, key: leaf.keyPem }
    },
  }

  /** The authority's certificate, to be installed on phones and in containers. */
  async authority(): Promise<{ pem: string; file: string }> {
    const { authority } = await this.#store.authority()
    return { pem: authority.certificatePem, file: authority.certificateFile }
  }

  /** The trust stores of this machine, with what each says of the authority. */
  async trust(): Promise<CertificatesState['stores']> {
    const { authority } = await this.#store.authority()
    return Promise.all(
      this.#trustStores.map(async (store) => {
        const { state, reason } = await store.state(authority)
        const commands = state === 'not-trusted' ? await store.installCommands(authority) : []
        const command = commands.join(' && ')
        return { id: store.id, name: store.label, state, reason, ...(command !== '' && { command }) }
      }),
    )
  }

  /** Makes one store trust the authority, or forget it. */
  async setTrust(id: string, trust: boolean): Promise<{ ok: boolean; message: string }> {
    const store = this.#trustStores.find((one) => one.id === id)
    if (!store) throw new ContractError('not-found', `there is no trust store "${id}" on this machine`)
    const { authority } = await this.#store.authority()
    const report = await (trust ? store.install(authority) : store.uninstall(authority))
    this.#stores = undefined
    await this.#refresh()
    return { ok: report.state === (trust ? 'trusted' : 'not-trusted'), message: report.reason }
  }

  /** The file with certificate and key of a name, for a real nginx; issued when there is none yet. */
  async fileFor(name: string): Promise<string> {
    await this.#store.forName(name)
    return join(this.#folder, 'leaves', certificateFileName(certificateName(name)))
  }

  watch(send: (state: CertificatesState) => void): () => void {
    this.#watchers++
    // Others may have changed what the machine trusts since the last window was open.
    if (this.#watchers === 1) this.#stores = undefined
    this.#refreshing ??= this.#clock.after(0, () => void this.#refresh())
    const stop = this.#state.watch(send)
    return () => {
      this.#watchers--
      stop()
    }
  }

  dispose(): void {
    this.#renewal?.cancel()
    this.#refreshing?.cancel()
    this.#renewal = undefined
  }

  #refreshSoon(): void {
    if (this.#watchers > 0) this.#refreshing ??= this.#clock.after(settleMs, () => void this.#refresh())
  }

  /** What there is, looked at now. */
  async snapshot(): Promise<CertificatesState> {
    const { authority } = await this.#store.authority()
    const { name, fingerprint256: fingerprint, expiresAt: notAfter, certificateFile: file } = authority
    const leaves = (await this.#store.list()).flatMap((leaf) =>
      leaf.notBefore === undefined || leaf.notAfter === undefined
        ? []
        : [
            {
              names: [leaf.name],
              notBefore: leaf.notBefore,
              notAfter: leaf.notAfter,
              fingerprint: leaf.fingerprint256 ?? '',
            },
          ],
    )
    this.#stores ??= await this.trust()
    return { authority: { name, fingerprint, notAfter, file }, leaves, stores: this.#stores }
  }

  /** Asks the stores again at the next look: others may have changed them. */
  lookAgain(): void {
    this.#stores = undefined
  }

  async #refresh(): Promise<void> {
    this.#refreshing = undefined
    try {
      this.#state.set(await this.snapshot())
    } catch (error) {
      this.#warn(`certificates cannot be shown: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #renewDaily(): Timer {
    return this.#clock.after(dayMs, () => {
      this.#store.renewDue().catch((error: unknown) => this.#warn(`certificates: ${String(error)}`))
      if (this.#renewal) this.#renewal = this.#renewDaily()
    })
  }
}
