/** What stands behind `http://` of a proxy_pass and in an upstream's `server`: ngx_parse_url. */

export interface UpstreamAddress {
  /** Without brackets; `unix:/path` for a socket. */
  readonly host: string
  readonly port?: number
}

/** The address, or nginx's words for what is wrong with it. */
export function parseUpstreamAddress(text: string): UpstreamAddress | { readonly invalid: string } {
  if (text.startsWith('unix:'))
    return text.length > 5 ? { host: text } : { invalid: 'no path in the unix domain socket' }
  if (text.startsWith('[')) {
    const six = /^\[([0-9a-fA-F:.]+)\](?::(.*))?$/s.exec(text)
    if (!six) return { invalid: 'invalid host' }
    return withPort(six[1] ?? '', six[2])
  }
  const colon = text.indexOf(':')
  const host = colon < 0 ? text : text.slice(0, colon)
  if (host === '') return { invalid: 'no host' }
  return withPort(host, colon < 0 ? undefined : text.slice(colon + 1))
}

function withPort(host: string, port: string | undefined): UpstreamAddress | { readonly invalid: string } {
  if (port === undefined) return { host }
  const number = /^\d+$/.test(port) ? Number(port) : 0
  return number >= 1 && number <= 65_535 ? { host, port: number } : { invalid: 'invalid port' }
}

/** A proxy_pass URL without variables, taken apart. */
export interface ProxyUrl {
  readonly scheme: 'http' | 'https'
  /** As written, for messages. */
  readonly authority: string
  /** Undefined where nothing stands behind the authority: then the request's own path is sent. */
  readonly uri: string | undefined
}

/** Takes a proxy_pass apart; undefined for `invalid URL prefix`. */
export function parseProxyUrl(url: string): ProxyUrl | undefined {
  const match = /^(https?):\/\//i.exec(url)
  if (!match) return undefined
  const rest = url.slice(match[0].length)
  // A socket's path ends at a colon: http://unix:/run/app.sock:/uri
  const end = rest.startsWith('unix:') ? colonBehind(rest) : rest.search(/[/?]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  const uri = end < 0 ? '' : rest.slice(rest.startsWith('unix:') ? end + 1 : end)
  return {
    scheme: match[1]?.toLowerCase() === 'https' ? 'https' : 'http',
    authority,
    uri: uri === '' ? undefined : uri,
  }
}

function colonBehind(rest: string): number {
  return rest.indexOf(':', 'unix:'.length)
}
