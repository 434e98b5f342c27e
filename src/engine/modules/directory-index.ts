/** `index`: the files that stand for a folder: https://nginx.org/en/docs/http/ngx_http_index_module.html */
import type { Exchange, Verdict } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { filePath } from '../request/file-path.ts'
import { internalRedirect } from '../request/finalize.ts'
import { lookAt } from '../request/open-file.ts'
import { compileScript, type Script } from '../request/script.ts'
import { systemError } from '../request/system-error.ts'
import type { Module } from './module.ts'

const methods = new Set(['GET', 'HEAD', 'POST'])

export const directoryIndex: Module = {
  name: 'index',
  handler(settings, { variables, problems }, path) {
    const names = settings.fields.index ?? ['index.html']
    const scripts = problems.try([...path, 'index'], () =>
      names.map((name) => compileScript(name, variables)),
    )
    return scripts && [(x) => findIndex(x, scripts)]
  },
}

function findIndex(x: Exchange, names: readonly Script[]): Verdict {
  if (!x.uri.endsWith('/') || !methods.has(x.method)) return 'declined'
  let folderSeen = false
  for (const script of names) {
    const name = script(x)
    if (name.startsWith('/')) return redirect(x, name)
    const place = filePath(x)
    if (!place) return 500
    const path = place.path + name
    const found = lookAt(path, true)
    if (!('kind' in found)) return redirect(x, x.uri + name)
    const { code } = found.error
    if (code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'EACCES')
      return missing(x, path, found.error)
    if (code === 'ELOOP') return 403
    if (!folderSeen) {
      const refused = lookAtFolder(x, place.path)
      if (refused) return refused
      folderSeen = true
    }
    if (code !== 'ENOENT') {
      logError(x, 'crit', `${found.call} "${path}" failed (${systemError(found.error)})`)
      return 500
    }
  }
  return 'declined'
}

function redirect(x: Exchange, uri: string): Verdict {
  internalRedirect(x, uri, x.args)
  return 'done'
}

// The first file was not there: is the folder? (ngx_http_index_test_dir)
function lookAtFolder(x: Exchange, mapped: string): number {
  const path = mapped.length > 1 && mapped.endsWith('/') ? mapped.slice(0, -1) : mapped
  const found = lookAt(path)
  if (!('kind' in found)) {
    if (found.isDirectory()) return 0
    logError(x, 'alert', `"${path}" is not a directory`)
    return 500
  }
  const { code } = found.error
  if (code === 'ELOOP') return 403
  if (code === 'ENOENT') return missing(x, path, found.error)
  // The file inside could be looked for, so the folder may be searched.
  if (code === 'EACCES') return 0
  logError(x, 'crit', `${found.call} "${path}" failed (${systemError(found.error)})`)
  return 500
}

function missing(x: Exchange, path: string, error: NodeJS.ErrnoException): number {
  const forbidden = error.code === 'EACCES'
  if (forbidden || x.settings.fields.logNotFound !== false)
    logError(x, 'error', `"${path}" is ${forbidden ? 'forbidden' : 'not found'} (${systemError(error)})`)
  return forbidden ? 403 : 404
}
