/** Certificates, keys and lists of them, read from files and refused in nginx's words (ngx_event_openssl.c). */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { KeyPair } from '../listen/tls-contexts.ts'

/** nginx's sentence about a file of TLS; it stands without `in FILE:LINE`. */
export class PemError extends Error {
  /** The file is not there, as opposed to being wrong. */
  readonly missing: boolean

  constructor(message: string, missing = false) {
    super(message)
    this.missing = missing
  }
}

/** Files of a configuration's folder. */
export class PemFiles {
  readonly #confPrefix: string

  /** Relative paths begin at `confPrefix`, which ends with a slash. */
  constructor(confPrefix: string) {
    this.#confPrefix = confPrefix
  }

  path(path: string): string {
    return path.startsWith('/') ? path : this.#confPrefix + path
  }

  /** A certificate and its key, which is decrypted with the first of the passwords that fits. */
  pair(certificate: string, key: string, passwords: readonly string[]): KeyPair {
    const { pem: cert, first } = this.#certificate(certificate)
    const { pem, object } = this.#key(key, passwords)
    if (first.publicKey.asymmetricKeyType === object.asymmetricKeyType && !first.checkPrivateKey(object))
      throw new PemError(
        `SSL_CTX_use_PrivateKey("${this.#shown(key)}") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)`,
      )
    return { cert, key: pem }
  }

  #certificate(path: string): { pem: string; first: X509Certificate } {
    const what = `cannot load certificate "${this.#shown(path)}"`
    const pem = this.#load(path, (reason) => `${what}: BIO_new_file() failed (${reason})`)
    try {
      return { pem, first: new X509Certificate(pem) }
    } catch (error) {
      throw new PemError(
        `${what}: PEM_read_bio_X509_AUX() failed (${reasonOf(error, 'Expecting: TRUSTED CERTIFICATE')})`,
      )
    }
  }

  #key(path: string, passwords: readonly string[]): { pem: string; object: KeyObject } {
    const what = `cannot load certificate key "${this.#shown(path)}"`
    const pem = this.#load(path, (reason) => `${what}: BIO_new_file() failed (${reason})`)
    let failure: unknown
    for (const passphrase of passwords.length === 0 ? [undefined] : passwords) {
      try {
        const object = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) })
        const plain =
          passwords.length === 0 ? pem : object.export({ type: 'pkcs8', format: 'pem' }).toString()
        return { pem: plain, object }
      } catch (error) {
        failure = error
      }
    }
    throw new PemError(
      `${what}: PEM_read_bio_PrivateKey() failed (${reasonOf(failure, 'No supported data to decode. Input type: PEM')})`,
    )
  }

  /** Certificates of authorities; `directive` is not told by nginx. */
  authorities(path: string): string {
    const what = `SSL_CTX_load_verify_locations("${this.#shown(path)}") failed`
    const pem = this.#load(
      path,
      (reason) => `${what} (${reason} error:05880002:x509 certificate routines::system lib)`,
    )
    if (!/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(pem))
      throw new PemError(
        `${what} (SSL: error:05800088:x509 certificate routines::no certificate or crl found)`,
      )
    return pem
  }

  /** A list of revoked certificates. */
  revoked(path: string): string {
    const what = `X509_LOOKUP_load_file("${this.#shown(path)}") failed`
    const pem = this.#load(
      path,
      (reason) => `${what} (${reason} error:05880002:x509 certificate routines::system lib)`,
    )
    if (!pem.includes('-----BEGIN X509 CRL-----'))
      throw new PemError(
        `${what} (SSL: error:05800088:x509 certificate routines::no certificate or crl found)`,
      )
    return pem
  }

  /** Parameters of a DH key exchange. */
  dhParameters(path: string): string {
    const shown = this.#shown(path)
    const pem = this.#load(path, (reason) => `BIO_new_file("${shown}") failed (${reason})`)
    if (!pem.includes('-----BEGIN DH PARAMETERS-----'))
      throw new PemError(
        `PEM_read_bio_DHparams("${shown}") failed (SSL: error:0480006C:PEM routines::no start line:Expecting: DH PARAMETERS)`,
      )
    return pem
  }

  /** The lines of a password file (ngx_ssl_read_password_file). */
  passwords(path: string): string[] {
    return this.bytes(path)
      .toString('latin1')
      .split('\n')
      .map((line) => line.replace(/\r$/, ''))
      .filter((line) => line !== '')
  }

  /** A file that is no PEM; nginx opens it while it reads the directive. */
  bytes(path: string): Buffer {
    try {
      return readFileSync(this.path(path))
    } catch (error) {
      const { number, words } = systemWords(error)
      throw new PemError(`open() "${this.path(path)}" failed (${number}: ${words})`, true)
    }
  }

  #shown(path: string): string {
    return path.startsWith('data:') ? path : this.path(path)
  }

  #load(path: string, failure: (reason: string) => string): string {
    if (path.startsWith('data:')) return path.slice(5)
    const file = this.path(path)
    try {
      return readFileSync(file, 'latin1')
    } catch (error) {
      const { number, words } = systemWords(error)
      const code = (0x80000000 + number).toString(16).toUpperCase()
      const last =
        number === 2 ? 'error:10000080:BIO routines::no such file' : 'error:10080002:BIO routines::system lib'
      throw new PemError(
        failure(`SSL: error:${code}:system library::${words}:calling fopen(${file}, r) ${last}`),
        number === 2,
      )
    }
  }
}

/** What OpenSSL says, as nginx prints it: `SSL: error:…`. */
export function reasonOf(error: unknown, detail?: string): string {
  const message = error instanceof Error ? error.message : String(error)
  const bare = /no start line$|DECODER routines::unsupported$/.test(message)
  return `SSL: ${message}${bare && detail !== undefined ? `:${detail}` : ''}`
}

const words: Readonly<Record<string, { readonly number: number; readonly words: string }>> = {
  ENOENT: { number: 2, words: 'No such file or directory' },
  EACCES: { number: 13, words: 'Permission denied' },
  EISDIR: { number: 21, words: 'Is a directory' },
}

function systemWords(error: unknown): { number: number; words: string } {
  const { code, message } = error as NodeJS.ErrnoException
  return words[code ?? ''] ?? { number: 5, words: message }
}
