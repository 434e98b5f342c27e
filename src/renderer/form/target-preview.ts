/**
 * What `proxy_pass` makes of a URL, shown as one types: `https://shop.localhost/api/users?x=1` →
 * `http://127.0.0.1:8080/users?x=1`, with the part that is cut struck through. nginx's rule: with a URI part
 * the matched prefix is replaced by it; without, the target passes as it came.
 */
import type { Location, Server } from '../../config/model.ts'

/** A piece of a URL. `cut`: in the request, not sent on. `put`: sent on, not in the request. */
export interface UrlPiece {
  readonly text: string
  readonly role: 'same' | 'cut' | 'put'
}

export interface TargetPreview {
  readonly before: readonly UrlPiece[]
  readonly after: readonly UrlPiece[]
  /** Why there is more to it than one line can show. */
  readonly note?: string
}

/** `undefined` without a target. */
export function previewTarget(server: Server, location: Location): TargetPreview | undefined {
  const target = location.proxyPass
  if (!target) return undefined
  const split = /^([a-z]+:\/\/(?:unix:[^:]+|[^/]*))(.*)$/is.exec(target)
  if (!split) return undefined
  const [, origin = '', uri = ''] = split
  const { prefix, rest } = samplePath(location)
  const head: UrlPiece = { text: originOf(server), role: 'same' }
  if (uri.includes('$') || origin.includes('$'))
    return {
      before: [head, same(prefix + rest)],
      after: [{ text: target, role: 'put' }],
      note: 'A target with variables is sent exactly as it reads when they are filled in.',
    }
  if (uri === '' || location.modifier === '~' || location.modifier === '~*')
    return {
      before: [head, same(prefix + rest)],
      after: [{ text: origin, role: 'put' }, same(prefix + rest)],
      ...(uri !== '' && { note: 'nginx refuses a path in proxy_pass of a regex location.' }),
    }
  return {
    before: [head, { text: prefix, role: 'cut' }, same(rest)],
    after: [{ text: origin, role: 'put' }, { text: uri, role: 'put' }, same(rest)],
    ...slashNote(prefix, uri, rest),
  }
}

/** The mistake everybody makes once: `/api` with `http://x/`, or `/api/` with `http://x/v1`. */
function slashNote(prefix: string, uri: string, rest: string): { note?: string } {
  if (rest === '' || prefix === '/') return {}
  if (!prefix.endsWith('/') && uri.endsWith('/'))
    return { note: `The path gets a double slash: end the location with / too.` }
  if (prefix.endsWith('/') && !uri.endsWith('/'))
    return { note: `The path runs together: end the target with / as well.` }
  return {}
}

function samplePath(location: Location): { prefix: string; rest: string } {
  const { modifier, pattern } = location
  if (modifier === '=') return { prefix: pattern, rest: '?x=1' }
  if (modifier === '~' || modifier === '~*') return { prefix: '', rest: '/…' }
  if (modifier === '@') return { prefix: '', rest: '/…' }
  return { prefix: pattern, rest: pattern.endsWith('/') ? 'users?x=1' : '/users?x=1' }
}

function originOf(server: Server): string {
  const listen = server.listen?.[0]
  const name = server.serverName?.find((one) => /^[a-z0-9]/i.test(one)) ?? 'localhost'
  const scheme = listen?.ssl ? 'https' : 'http'
  const port = listen?.port ?? 80
  return `${scheme}://${name}${port === (listen?.ssl ? 443 : 80) ? '' : `:${port}`}`
}

function same(text: string): UrlPiece {
  return { text, role: 'same' }
}
