/** Files: https://nginx.org/en/docs/http/ngx_http_core_module.html#root (ngx_http_static_module). */
import { closeSync } from 'node:fs'
import { escapeUri } from '../../http/escape.ts'
import { Answer } from '../request/answer.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { filePath } from '../request/file-path.ts'
import { openFile, type FileFailure } from '../request/open-file.ts'
import { sendOpenFile } from '../request/send-file.ts'
import { systemError } from '../request/system-error.ts'
import type { Module } from './module.ts'

/** The last of the content handlers: whatever no other has taken is a file. */
export const staticFiles: Module = { name: 'static', handler: () => [serveFile] }

const methods = new Set(['GET', 'HEAD', 'POST'])

function serveFile(x: Exchange): Verdict {
  if (!methods.has(x.method)) return 405
  if (x.uri.endsWith('/')) return 'declined'
  const place = filePath(x)
  if (!place) return 500
  const file = openFile(place.path)
  x.trial?.tell({ step: 'try-file', path: place.path, folder: false, found: file.kind === 'file' })
  switch (file.kind) {
    case 'failed':
      return refuse(x, place.path, file)
    case 'folder':
      return toFolder(x)
    case 'other':
      logError(x, 'crit', `"${place.path}" is not a regular file`)
      return 404
    case 'file':
      if (x.method !== 'POST') return sendOpenFile(x, file)
      closeSync(file.descriptor)
      return 405
  }
}

function refuse(x: Exchange, path: string, { call, error }: FileFailure): number {
  const { code = '' } = error
  const missing = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG'
  const forbidden = code === 'EACCES' || code === 'ELOOP'
  if (!missing || x.settings.fields.logNotFound !== false)
    logError(x, missing || forbidden ? 'error' : 'crit', `${call} "${path}" failed (${systemError(error)})`)
  return missing ? 404 : forbidden ? 403 : 500
}

function toFolder(x: Exchange): number {
  x.answer = new Answer(301)
  x.answer.location = `${escapeUri(x.uri)}/${x.args === '' ? '' : `?${x.args}`}`
  return 301
}
