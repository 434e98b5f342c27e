/**
 * Names in certificates, as `$ssl_client_s_dn` and companions show them. Node gives one `KEY=value` a line,
 * in the order of the certificate, as text with OpenSSL's escapes in the value.
 */

/** RFC 2253: the last part first, joined by commas (X509_NAME_print_ex with XN_FLAG_RFC2253). */
export function distinguishedName(lines: string): string {
  return bytesEscaped(lines.split('\n').reverse().join(','), '\\')
}

/** `/KEY=value/KEY=value` (X509_NAME_oneline). */
export function legacyDistinguishedName(lines: string): string {
  return bytesEscaped(`/${lines.split('\n').map(unescaped).join('/')}`, '\\x')
}

/** Bytes beyond ASCII as two digits behind a prefix. */
function bytesEscaped(text: string, prefix: string): string {
  return text.replace(/[^\0-\x7f]+/g, (run) =>
    [...Buffer.from(run, 'utf8')].map((byte) => `${prefix}${twoDigits(byte)}`).join(''),
  )
}

function twoDigits(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

function unescaped(line: string): string {
  return line.replace(/\\(?:([0-9A-F]{2})|(.))/g, (_, hex: string | undefined, plain: string | undefined) =>
    hex === undefined ? (plain ?? '') : `\\x${hex}`,
  )
}
