import { splitArgs } from './args.ts'
import { unescape } from './escape.ts'

/**
 * Path and arguments of a URI that an upstream or a page names (X-Accel-Redirect, a subrequest), the path decoded;
 * undefined if it is unsafe: empty, with NUL, or with a `..` segment. Source: ngx_http_parse_unsafe_uri.
 *
 * Unlike nginx, a `..` right before the `?` is unsafe too.
 */
export function parseInternalUri(text: string): { uri: string; args: string } | undefined {
  const { uri, args } = splitArgs(text)
  if (!isSafe(uri)) return undefined
  if (!uri.includes('%')) return { uri, args }
  const decoded = unescape(uri)
  return isSafe(decoded) ? { uri: decoded, args } : undefined
}

function isSafe(path: string): boolean {
  return path !== '' && !/\0|(?:^|\/)\.\.(?:\/|$)/.test(path)
}
