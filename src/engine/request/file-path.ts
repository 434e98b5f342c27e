/** From a URI to a file: `root` and `alias` (ngx_http_map_uri_to_path). Paths are bytes, one a character. */
import type { Exchange } from './exchange.ts'
import { logError } from './error-log.ts'

/** The folder that `root` or `alias` names, and the whole path. */
export interface FilePath {
  readonly root: string
  readonly path: string
}

/** The file that `x.uri` stands for; undefined: an alias does not fit the rewritten URI, which is logged. */
export function filePath(x: Exchange): FilePath | undefined {
  const { settings } = x
  const { alias } = settings
  if (alias !== undefined && !x.validLocation) {
    logError(x, 'alert', `"alias" cannot be used in location "${settings.pattern}" where URI was rewritten`)
    return undefined
  }
  const root = settings.root(x)
  if (alias === 'captures') return { root, path: x.addUriToAlias ? root + x.uri : root }
  return { root, path: root + x.uri.slice(alias ?? 0) }
}

/** A path for the file system, which takes bytes. */
export function diskPath(path: string): string | Buffer {
  // ASCII is the same in every encoding, and a string is the cheaper of the two.
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) > 0x7e) return Buffer.from(path, 'latin1')
  return path
}
