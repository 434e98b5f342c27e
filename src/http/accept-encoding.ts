/**
 * An Accept-Encoding lets the response be gzipped. `*` does not, and of several `gzip` the first that stands by
 * itself decides. Source: ngx_http_gzip_accept_encoding; RFC 9110 §12.5.3.
 */
export function acceptsGzip(acceptEncoding: string): boolean {
  const found = /(?:^|[, ])gzip([^]*)$/i.exec(acceptEncoding)
  if (found === null) return false
  const [, rest = ''] = found
  const weight = /^ *(?:,|$|; *([^]*))/.exec(rest)
  if (weight === null) return false
  const [, parameter] = weight
  return parameter === undefined || parameter === '' || isWanted(parameter)
}

/** `q=` with at most three digits behind the point and a value above 0. Source: ngx_http_gzip_quantity. */
function isWanted(parameter: string): boolean {
  const [, whole, fraction = ''] = /^q=([01])(?:\.([0-9]*))?(?:[, ]|$)/i.exec(parameter) ?? []
  if (whole === undefined || fraction.length > 3) return false
  // nginx adds up the digits of the fraction: enough to tell 0 from more than 0 and 1 from more than 1.
  const digits = [...fraction].reduce((sum, digit) => sum + Number(digit), 0)
  return whole === '1' ? digits === 0 : digits > 0
}
