// The local certificate authority: one key and one self-signed certificate, on this machine only.
//   authority.pem   private key and certificate in one file, so that one rename replaces both
//   authority.crt   the certificate alone, for trust stores, phones and containers; rebuilt when it differs
import type { KeyObject, X509Certificate } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { basename, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import {
  createAtomically,
  keepCopy,
  makePrivate,
  preparePrivateFolder,
  readIfThere,
  setAside,
  writeAtomically,
} from './private-file.ts'
import { keyToPem, newKey, parseKeyPair, type KeyPair } from './key-pair.ts'
import { signAuthority } from './x509.ts'

/** The authority that signs this machine's certificates. */
export interface Authority {
  /** Its common name: says whose it is and, by a part of its key, which one. */
  readonly name: string
  readonly certificatePem: string
  /** The same certificate as a file, for the programs that install it. */
  readonly certificateFile: string
  readonly certificate: X509Certificate
  readonly privateKey: KeyObject
  /** SHA-256 of the certificate, `AB:CD:…`. */
  readonly fingerprint256: string
  /** Milliseconds since 1970; from `expiresAt` on nothing it signed is valid. */
  readonly notBefore: number
  readonly expiresAt: number
}

export interface LoadedAuthority {
  readonly authority: Authority
  /** True when it was made just now: no trust store can know it. */
  readonly created: boolean
  /** Why the one that was there could not be used and where it is kept; absent when all was well. */
  readonly recovered?: string
}

export interface AuthorityOptions {
  readonly now: Clock['now']
  /** Whose authority this is; `user@host` of this machine when not said. */
  readonly name?: string
}

const dayMs = 86_400_000
const pairFile = 'authority.pem'
const certificateFile = 'authority.crt'

/**
 * The authority kept in `folder` (made 0700), or a new one: EC P-256, 10 years.
 * One that is torn, does not fit together or has expired is renamed to a dated name, never deleted.
 * A file that may not be read is an Error: replacing it would silently break the user's trust.
 */
export async function loadOrCreateAuthority(
  folder: string,
  options: AuthorityOptions,
): Promise<LoadedAuthority> {
  const nowMs = options.now()
  await preparePrivateFolder(folder)
  const file = join(folder, pairFile)
  let recovered: string | undefined
  let created = false
  for (;;) {
    const text = await readPair(file)
    if (text === undefined) {
      // When another program was first, its authority is read in the next round.
      created = await createAtomically(file, await newPair(options.name ?? userAtHost(), nowMs), 0o600)
      continue
    }
    const found = judge(text, nowMs)
    if ('pair' in found) {
      await makePrivate(file, 0o600)
      return { authority: await authorityOf(folder, found.pair), created, ...(recovered && { recovered }) }
    }
    const kept = await setAside(file, found.state, nowMs)
    recovered =
      `the local certificate authority in ${file} could not be used: ${found.cause}; ` +
      `it is kept as ${basename(kept)}, and a new one must be trusted again`
  }
}

/**
 * Gives the authority 10 more years under the same key and name: what it signed stays valid, trust
 * stores have to be told. The old certificate is kept under a dated name.
 */
export async function renewAuthority(folder: string, options: AuthorityOptions): Promise<LoadedAuthority> {
  const loaded = await loadOrCreateAuthority(folder, options)
  if (loaded.created) return loaded
  const file = join(folder, pairFile)
  const { certificate, privateKey } = loaded.authority
  const nowMs = options.now()
  const text = await pairText(privateKey, { publicKey: certificate.publicKey, subject: certificate, nowMs })
  await keepCopy(file, keyToPem(privateKey) + loaded.authority.certificatePem, 'replaced', nowMs)
  await writeAtomically(file, text, 0o600)
  return { authority: await authorityOf(folder, parseKeyPair(text)), created: false }
}

type Judgement =
  { readonly pair: KeyPair } | { readonly state: 'damaged' | 'expired'; readonly cause: string }

function judge(text: string, nowMs: number): Judgement {
  try {
    const pair = parseKeyPair(text)
    const { certificate } = pair
    if (!certificate.ca) return { state: 'damaged', cause: 'its certificate is not an authority’s' }
    if (!certificate.verify(certificate.publicKey))
      return { state: 'damaged', cause: 'its certificate is not signed by its own key' }
    const expiresAt = Date.parse(certificate.validTo)
    if (expiresAt <= nowMs) return { state: 'expired', cause: `it expired on ${isoDay(expiresAt)}` }
    return { pair }
  } catch (error) {
    return { state: 'damaged', cause: error instanceof Error ? error.message : String(error) }
  }
}

async function newPair(owner: string, nowMs: number): Promise<string> {
  const { publicKey, privateKey } = await newKey('ec')
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  // A part of the key in the name: clients mix up two authorities of one name, and so do people.
  const mark = spki.subarray(-4).toString('hex')
  const subject = {
    organization: 'Sluicegate local authority',
    organizationalUnit: owner,
    // 64 characters is all a common name may have; the mark must not be what is cut.
    commonName: `Sluicegate ${mark} ${owner}`,
  }
  return pairText(privateKey, { publicKey, subject, nowMs })
}

async function pairText(
  privateKey: KeyObject,
  about: Pick<Parameters<typeof signAuthority>[0], 'publicKey' | 'subject'> & { readonly nowMs: number },
): Promise<string> {
  const { publicKey, subject, nowMs } = about
  const notBefore = nowMs - dayMs // a laptop's clock may be set back; so may a phone's
  const notAfter = nowMs + 3650 * dayMs
  const certificate = await signAuthority({ publicKey, privateKey, subject, notBefore, notAfter })
  return keyToPem(privateKey) + certificate
}

async function authorityOf(folder: string, pair: KeyPair): Promise<Authority> {
  const { certificate, certificatePem, privateKey } = pair
  const publicFile = join(folder, certificateFile)
  if ((await readIfThere(publicFile)) !== certificatePem)
    await writeAtomically(publicFile, certificatePem, 0o644)
  return {
    name: commonName(certificate) ?? certificate.subject,
    certificatePem,
    certificateFile: publicFile,
    certificate,
    privateKey,
    fingerprint256: certificate.fingerprint256,
    notBefore: Date.parse(certificate.validFrom),
    expiresAt: Date.parse(certificate.validTo),
  }
}

// Node writes names as RFC 2253 does, with a backslash before what is special there.
function commonName(certificate: X509Certificate): string | undefined {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1]?.replace(/\\(.)/g, '$1')
}

async function readPair(file: string): Promise<string | undefined> {
  try {
    return await readIfThere(file)
  } catch (cause) {
    throw new Error(`the local certificate authority in ${file} cannot be read; give its owner that right`, {
      cause,
    })
  }
}

function userAtHost(): string {
  return `${userName()}@${hostname()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name; the host still tells it apart.
    return process.getuid === undefined ? 'user' : String(process.getuid())
  }
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
