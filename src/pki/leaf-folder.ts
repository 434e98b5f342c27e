import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  isSystemError,
  preparePrivateFolder,
  readIfThere,
  removeFile,
  writeAtomically,
} from './private-file.ts'
import type { Authority } from './authority.ts'
import { alternativeNames } from './describe.ts'
import { parseKeyPair, type KeyPair, type KeyType } from './key-pair.ts'
import { leafOf, type Leaf } from './leaf.ts'
import { certificateFileName, certificateName, UnusableNameError, type CertificateName } from './names.ts'

/**
 * What a kept certificate is worth: `renewal-due` is still valid, for less than 30 days; `expired` is
 * not valid now (also one of the future, made under a wrong clock).
 */
export type LeafState = 'valid' | 'renewal-due' | 'expired' | 'other-authority' | 'damaged'

export type KeptLeaf =
  | { readonly state: 'absent' | 'damaged' | 'other-authority' }
  | { readonly state: 'valid' | 'renewal-due' | 'expired'; readonly leaf: Leaf }

/** A certificate on disk, as the window lists it; JSON-safe. */
export interface StoredCertificate {
  readonly name: string
  readonly state: LeafState
  /** These are absent when it is damaged or another authority's. Milliseconds since 1970. */
  readonly notBefore?: number
  readonly notAfter?: number
  readonly keyType?: KeyType
  readonly fingerprint256?: string
}

const renewBeforeMs = 30 * 86_400_000

/** How good `leaf` is at `nowMs`. One that ends with its authority is not due: a new one would end there too. */
export function leafState(
  leaf: Leaf,
  authority: Authority,
  nowMs: number,
): 'valid' | 'renewal-due' | 'expired' {
  if (nowMs < leaf.notBefore || nowMs >= leaf.notAfter) return 'expired'
  const due = leaf.notAfter - nowMs < renewBeforeMs && leaf.notAfter < authority.expiresAt
  return due ? 'renewal-due' : 'valid'
}

/** The certificates on disk: a file a name, holding private key and certificate, so that one rename replaces both. */
export class LeafFolder {
  readonly #folder: string
  readonly #limit: number

  /** `limit`: how many files are kept; the oldest go first. */
  constructor(folder: string, limit: number) {
    this.#folder = folder
    this.#limit = limit
  }

  /** The certificate kept for `name`, judged. */
  async read(name: CertificateName, authority: Authority, nowMs: number): Promise<KeptLeaf> {
    const text = await readIfThere(this.#fileOf(name))
    return text === undefined ? { state: 'absent' } : judge(text, name, authority, nowMs)
  }

  /** Keeps `leaf` for `name` and makes room for it. */
  async write(name: CertificateName, leaf: Leaf): Promise<void> {
    await preparePrivateFolder(this.#folder)
    await writeAtomically(this.#fileOf(name), leaf.keyPem + leaf.certificatePem, 0o600)
    await this.#makeRoom()
  }

  /** False when nothing was kept for `name`. */
  async remove(name: CertificateName): Promise<boolean> {
    return removeFile(this.#fileOf(name))
  }

  /** Everything kept, by name. */
  async list(authority: Authority, nowMs: number): Promise<readonly StoredCertificate[]> {
    const listed: StoredCertificate[] = []
    for (const file of await this.#files()) {
      const text = await readIfThere(join(this.#folder, file))
      const name = text === undefined ? undefined : nameOf(file, text)
      if (text !== undefined && name) listed.push(entry(name, judge(text, name, authority, nowMs)))
    }
    return listed.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async #makeRoom(): Promise<void> {
    const files = await this.#files()
    if (files.length <= this.#limit) return
    const aged = await Promise.all(files.map((file) => this.#age(file)))
    aged.sort((a, b) => a.writtenMs - b.writtenMs)
    // A tenth more than needed, so that this is not done again for the next name.
    const excess = files.length - this.#limit + Math.floor(this.#limit / 10)
    for (const { path } of aged.slice(0, excess)) await removeFile(path)
  }

  async #age(file: string): Promise<{ path: string; writtenMs: number }> {
    const path = join(this.#folder, file)
    try {
      return { path, writtenMs: (await stat(path)).mtimeMs }
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return { path, writtenMs: 0 } // another program removed it
      throw error
    }
  }

  async #files(): Promise<readonly string[]> {
    try {
      return (await readdir(this.#folder)).filter((file) => /^leaf-.+\.pem$/.test(file))
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return []
      throw error
    }
  }

  #fileOf(name: CertificateName): string {
    return join(this.#folder, certificateFileName(name))
  }
}

function judge(text: string, name: CertificateName, authority: Authority, nowMs: number): KeptLeaf {
  const pair = readPair(text)
  if (!pair) return { state: 'damaged' }
  if (!isIssuedBy(pair, authority)) return { state: 'other-authority' }
  const leaf = leafOf(authority, pair)
  if (!leaf.names.includes(name.text)) return { state: 'damaged' }
  return { state: leafState(leaf, authority, nowMs), leaf }
}

function isIssuedBy({ certificate }: KeyPair, authority: Authority): boolean {
  return certificate.checkIssued(authority.certificate) && certificate.verify(authority.certificate.publicKey)
}

function readPair(text: string): KeyPair | undefined {
  try {
    return parseKeyPair(text)
  } catch {
    // What exactly is torn does not matter: nothing of a leaf is worth keeping, a new one replaces it.
    return undefined
  }
}

function entry(name: CertificateName, kept: KeptLeaf): StoredCertificate {
  if (!('leaf' in kept)) return { name: name.text, state: kept.state === 'absent' ? 'damaged' : kept.state }
  const { notBefore, notAfter, keyType, fingerprint256 } = kept.leaf
  return { name: name.text, state: kept.state, notBefore, notAfter, keyType, fingerprint256 }
}

// A long name is cut in its file's name and then stands in the certificate only. A file that is
// called otherwise than we would call it is not ours.
function nameOf(file: string, text: string): CertificateName | undefined {
  const fromFile = file.slice('leaf-'.length, -'.pem'.length).replaceAll('%2A', '*').replaceAll('%3A', ':')
  const inside = readPair(text)
  for (const candidate of [fromFile, ...(inside ? alternativeNames(inside.certificate) : [])]) {
    const name = usableName(candidate)
    if (name && certificateFileName(name) === file) return name
  }
  return undefined
}

function usableName(text: string): CertificateName | undefined {
  try {
    return certificateName(text)
  } catch (error) {
    if (error instanceof UnusableNameError) return undefined
    throw error
  }
}
