import { randomBytes } from 'node:crypto'
import { createAtomically, readIfThere } from '../pki/private-file.ts'

/** A secret that only this user can read, made at its first use and kept in a file. */
export async function keptSecret(file: string): Promise<string> {
  for (;;) {
    const secret = (await readIfThere(file))?.trim()
    if (secret !== undefined && /^[\w-]{22,}$/.test(secret)) return secret
    if (secret !== undefined) throw new Error(`${file} holds no secret; remove it, and a new one is made`)
    await createAtomically(file, `${randomBytes(24).toString('base64url')}\n`, 0o600)
  }
}
