/** `autoindex`: https://nginx.org/en/docs/http/ngx_http_autoindex_module.html */
import { readdirSync, lstatSync, statSync, type Stats } from 'node:fs'
import { Answer } from '../request/answer.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import { diskPath, filePath } from '../request/file-path.ts'
import { listAsHtml, listAsJson, listAsXml, type Entry } from '../request/folder-list.ts'
import { end, isBodyless, sendHead } from '../request/finalize.ts'
import { argNamed } from '../request/lookup.ts'
import { systemError } from '../request/system-error.ts'
import type { Module } from './module.ts'

type Format = 'html' | 'xml' | 'json' | 'jsonp'

export const autoindex: Module = {
  name: 'autoindex',
  handler: ({ fields }) => (fields.autoindex ? [listFolder] : undefined),
}

function listFolder(x: Exchange): Verdict {
  if (!x.uri.endsWith('/') || (x.method !== 'GET' && x.method !== 'HEAD')) return 'declined'
  x.body.discard()
  const place = filePath(x)
  if (!place) return 500
  const path = place.path.length > 1 ? place.path.slice(0, -1) : place.path
  const { autoindexFormat: format = 'html' } = x.settings.fields
  const callback = format === 'jsonp' ? callbackOf(x) : ''
  if (callback === undefined) return 400
  let names: Buffer[]
  try {
    names = readdirSync(diskPath(path), { encoding: 'buffer' })
  } catch (error) {
    return refuse(x, path, error as NodeJS.ErrnoException)
  }
  const answer = answerFor(format, callback)
  const refused = sendHead(x, answer)
  if (refused) return refused
  if (!isBodyless(x, answer)) {
    const entries = entriesOf(x, path, names)
    if (!entries) return 'done'
    const body = Buffer.from(listing(x, answer, format, callback, entries), 'latin1')
    x.output.write(x, body, 0, body.length)
  }
  end(x)
  return 'done'
}

function answerFor(format: Format, callback: string): Answer {
  const answer = new Answer(200)
  if (format === 'xml') answer.contentType = 'text/xml; charset=utf-8'
  else if (format === 'html') answer.contentType = 'text/html'
  else answer.contentType = callback === '' ? 'application/json' : 'application/javascript'
  return answer
}

function refuse(x: Exchange, path: string, error: NodeJS.ErrnoException): number {
  const { code = '' } = error
  const missing = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG'
  const forbidden = code === 'EACCES'
  logError(x, missing || forbidden ? 'error' : 'crit', `opendir() "${path}" failed (${systemError(error)})`)
  return missing ? 404 : forbidden ? 403 : 500
}

// The name of a function, of letters, digits, `_` and `.`; undefined: it is none (ngx_http_autoindex_jsonp_callback).
function callbackOf(x: Exchange): string | undefined {
  const callback = argNamed(x.args, 'callback') ?? ''
  if (callback.length <= 128 && /^[A-Za-z0-9_.]*$/.test(callback)) return callback
  const what = callback.length > 128 ? 'too long' : 'invalid'
  logError(x, 'info', `client sent ${what} callback name: "${callback}"`)
  return undefined
}

// Hidden ones are left out; a link that leads nowhere is shown as what it is.
function entriesOf(x: Exchange, folder: string, names: readonly Buffer[]): Entry[] | undefined {
  const entries: Entry[] = []
  for (const bytes of names) {
    const name = bytes.toString('latin1')
    if (name.startsWith('.')) continue
    const path = `${folder}/${name}`
    let stats: Stats
    try {
      stats = statOf(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      logError(x, 'crit', `stat() "${path}" failed (${systemError(error as NodeJS.ErrnoException)})`)
      if (code === 'EACCES') continue
      x.client.abort(x)
      return undefined
    }
    entries.push({
      name,
      kind: stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other',
      size: stats.size,
      mtimeMs: Math.floor(stats.mtimeMs / 1000) * 1000,
    })
  }
  return entries.sort(folderFirst)
}

function statOf(path: string): Stats {
  try {
    return statSync(diskPath(path))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ELOOP') throw error
    return lstatSync(diskPath(path))
  }
}

function folderFirst(one: Entry, other: Entry): number {
  const first = Number(other.kind === 'directory') - Number(one.kind === 'directory')
  return first !== 0 ? first : one.name < other.name ? -1 : 1
}

function listing(
  x: Exchange,
  answer: Answer,
  format: Format,
  callback: string,
  entries: readonly Entry[],
): string {
  const { autoindexLocaltime: local = false, autoindexExactSize: exact = true } = x.settings.fields
  if (format === 'xml') return listAsXml(entries)
  if (format === 'html')
    return listAsHtml(x.uri, entries, {
      local,
      exact,
      utf8: /; charset=utf-8$/i.test(answer.contentType ?? ''),
    })
  const list = listAsJson(entries)
  return callback === '' ? list : `/* callback */\r\n${callback}(${list});`
}
