// The certificates of this machine's names, on disk and in memory, always valid for another while:
//   FOLDER/authority.pem, authority.crt   see authority.ts
//   FOLDER/leaves/leaf-NAME.pem           see leaf-folder.ts
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { loadOrCreateAuthority, renewAuthority, type Authority, type LoadedAuthority } from './authority.ts'
import type { KeyType } from './key-pair.ts'
import { LeafFolder, leafState, type KeptLeaf, type StoredCertificate } from './leaf-folder.ts'
import { issueLeaf, type Leaf } from './leaf.ts'
import { certificateName, type CertificateName } from './names.ts'

export interface CertificateStoreOptions {
  readonly now: Clock['now']
  /** Whose authority a new one is; see `AuthorityOptions.name`. */
  readonly authorityName?: string
  /** EC unless said: signing with it costs a server a small part of what RSA costs. */
  readonly keyType?: KeyType
  /** How many certificates are held in memory. */
  readonly memoryEntries?: number
  /** How many are kept on disk. Names may come from clients, so there is a limit; the oldest go first. */
  readonly diskEntries?: number
  /** Told what went wrong and was got over: a certificate that could not be read from disk or kept there. */
  readonly onWarning?: (message: string) => void
}

type RenewalListener = (name: string, leaf: Leaf) => void

/** Gives a valid certificate for any usable name: issues, keeps and renews it. */
export class CertificateStore {
  readonly #folder: string
  readonly #leaves: LeafFolder
  readonly #options: CertificateStoreOptions
  readonly #keyType: KeyType
  readonly #memoryEntries: number
  #authority: Promise<LoadedAuthority> | undefined
  // In order of use: the first is the least recently used.
  readonly #memory = new Map<string, Leaf>()
  readonly #obtaining = new Map<string, Promise<Leaf>>()
  readonly #renewalListeners = new Set<RenewalListener>()

  constructor(folder: string, options: CertificateStoreOptions) {
    this.#folder = folder
    this.#options = options
    this.#leaves = new LeafFolder(join(folder, 'leaves'), options.diskEntries ?? 2000)
    this.#keyType = options.keyType ?? 'ec'
    this.#memoryEntries = options.memoryEntries ?? 500
  }

  /** The authority, loaded or made at its first use, and made anew when it has expired. */
  async authority(): Promise<LoadedAuthority> {
    const loading = (this.#authority ??= this.#load(loadOrCreateAuthority))
    const loaded = await loading
    if (this.#options.now() < loaded.authority.expiresAt) return loaded
    if (this.#authority === loading) this.#authority = undefined
    return this.authority()
  }

  /** Gives the authority 10 more years; certificates stay valid, trust stores have to be told. */
  async renewAuthority(): Promise<LoadedAuthority> {
    return (this.#authority = this.#load(renewAuthority))
  }

  /**
   * The certificate for exactly this name, also under a wildcard: browsers refuse `*.localhost`.
   * Rejects with `UnusableNameError` for what is no name. All who ask at once share one issue.
   */
  async forName(serverName: string): Promise<Leaf> {
    const name = certificateName(serverName)
    const { authority } = await this.authority()
    const held = this.#memory.get(name.text)
    if (held && leafState(held, authority, this.#options.now()) === 'valid') return this.#remember(name, held)
    const running = this.#obtaining.get(name.text)
    if (running) return running
    const obtaining = this.#obtain(name, authority).finally(() => this.#obtaining.delete(name.text))
    this.#obtaining.set(name.text, obtaining)
    return obtaining
  }

  /** Replaces everything kept that is not valid for another 30 days; returns those names. To be called daily. */
  async renewDue(): Promise<readonly string[]> {
    const renewed: string[] = []
    for (const { name, state } of await this.list()) {
      if (state === 'valid') continue
      const leaf = await this.forName(name)
      const { authority } = await this.authority()
      if (leafState(leaf, authority, this.#options.now()) === 'valid') renewed.push(name)
    }
    return renewed
  }

  /** Everything kept on disk, by name. */
  async list(): Promise<readonly StoredCertificate[]> {
    const { authority } = await this.authority()
    return this.#leaves.list(authority, this.#options.now())
  }

  /** Forgets a name's certificate; false when there was none. Who asks next gets a new one. */
  async remove(serverName: string): Promise<boolean> {
    const name = certificateName(serverName)
    await this.authority() // as forName does: what was asked for before is under way now
    // What is just being issued would be kept after it was removed.
    await this.#obtaining.get(name.text)?.catch(() => undefined /* whoever asked for it is told */)
    const wasHeld = this.#memory.delete(name.text)
    const wasKept = await this.#leaves.remove(name)
    return wasHeld || wasKept
  }

  /** Calls `listener` when a name's certificate was replaced by a new one; the returned function ends that. */
  onRenew(listener: RenewalListener): () => void {
    this.#renewalListeners.add(listener)
    return () => void this.#renewalListeners.delete(listener)
  }

  async #load(load: typeof loadOrCreateAuthority): Promise<LoadedAuthority> {
    try {
      return await load(this.#folder, { now: this.#options.now, name: this.#options.authorityName })
    } catch (error) {
      this.#authority = undefined // the next one who asks tries again
      throw error
    }
  }

  async #obtain(name: CertificateName, authority: Authority): Promise<Leaf> {
    const kept = await this.#kept(name, authority)
    if (kept.state === 'valid' && kept.leaf.keyType === this.#keyType) return this.#remember(name, kept.leaf)
    const known = kept.state !== 'absent' || this.#memory.has(name.text)
    const leaf = await issueLeaf(authority, [name.text], { now: this.#options.now, keyType: this.#keyType })
    await this.#keep(name, leaf)
    this.#remember(name, leaf)
    if (known) for (const listener of this.#renewalListeners) listener(name.text, leaf)
    return leaf
  }

  async #kept(name: CertificateName, authority: Authority): Promise<KeptLeaf> {
    try {
      return await this.#leaves.read(name, authority, this.#options.now())
    } catch (error) {
      this.#warn(`the kept certificate of ${name.text} could not be read`, error)
      return { state: 'damaged' }
    }
  }

  async #keep(name: CertificateName, leaf: Leaf): Promise<void> {
    try {
      await this.#leaves.write(name, leaf)
    } catch (error) {
      this.#warn(`the new certificate of ${name.text} could not be kept on disk`, error)
    }
  }

  #remember(name: CertificateName, leaf: Leaf): Leaf {
    this.#memory.delete(name.text)
    this.#memory.set(name.text, leaf)
    if (this.#memory.size > this.#memoryEntries) {
      for (const [oldest] of this.#memory) {
        this.#memory.delete(oldest)
        break
      }
    }
    return leaf
  }

  #warn(what: string, error: unknown): void {
    this.#options.onWarning?.(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
