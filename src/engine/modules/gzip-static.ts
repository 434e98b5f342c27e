/** `gzip_static`: FILE.gz in FILE's place: https://nginx.org/en/docs/http/ngx_http_gzip_static_module.html */
import type { LocationFields } from '../cycle/settings.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import { filePath } from '../request/file-path.ts'
import { compileGzipOk } from '../request/gzip-ok.ts'
import { openFile } from '../request/open-file.ts'
import { sendOpenFile } from '../request/send-file.ts'
import { systemError } from '../request/system-error.ts'
import { closeSync } from 'node:fs'
import type { Module } from './module.ts'

export const gzipStatic: Module = {
  name: 'gzip_static',
  handler({ fields }) {
    if (fields.gzipStatic === undefined || fields.gzipStatic === 'off') return undefined
    return [compile(fields)]
  },
}

function compile(fields: LocationFields): (x: Exchange) => Verdict {
  const always = fields.gzipStatic === 'always'
  const isOk = compileGzipOk(fields)
  return (x) => {
    if ((x.method !== 'GET' && x.method !== 'HEAD') || x.uri.endsWith('/')) return 'declined'
    const ok = always || isOk(x, undefined)
    if (!ok && !fields.gzipVary) return 'declined'
    const place = filePath(x)
    if (!place) return 500
    const path = `${place.path}.gz`
    const file = openFile(path)
    if (file.kind === 'failed') {
      const { code = '' } = file.error
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG')
        logError(
          x,
          code === 'EACCES' || code === 'ELOOP' ? 'error' : 'crit',
          `${file.call} "${path}" failed (${systemError(file.error)})`,
        )
      return 'declined'
    }
    if (!always) x.gzipVary = true
    if (ok && file.kind === 'file') return sendOpenFile(x, file, 'gzip')
    if (file.kind === 'file') closeSync(file.descriptor)
    if (!ok || file.kind === 'folder') return 'declined'
    logError(x, 'crit', `"${path}" is not a regular file`)
    return 404
  }
}
