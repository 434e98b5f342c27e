/** The local overlay names routes by what they are called: where an apply renames one, the overlay goes with it. */
import { followPath } from './edit.ts'
import type { Local } from './local.ts'
import type { Config } from './model.ts'
import { parsePathKey, pathKey, resolvePath } from './path.ts'

/**
 * The overlay for `after`: a route that is switched off stays off under its new name, one that is gone leaves
 * nothing behind. The same value where nothing changes.
 */
export function followLocal(local: Local, before: Config, after: Config): Local {
  const off = local.off.flatMap((key) => {
    const path = parsePathKey(key)
    if (resolvePath(after, path) !== undefined) return [key]
    const renamed = followPath(before, after, path)
    // In its place may stand another route that was there before.
    return renamed && resolvePath(before, renamed) === undefined ? [pathKey(renamed)] : []
  })
  return off.join('\n') === local.off.join('\n') ? local : { ...local, off: [...new Set(off)] }
}
