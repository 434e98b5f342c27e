/** The files of the window, read once: they do not change while the program runs. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** One file, ready to be sent. */
export interface WebFile {
  readonly type: string
  readonly body: Buffer
  /** Absent where it would not be smaller. */
  readonly gzipped?: Buffer
  /** Its name changes with its content, so a browser may keep it for ever. */
  readonly immutable: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

const compress = promisify(gzip)

/** The files below a folder by their path in the URL; `/` is index.html. Source maps are left out. */
export async function readWebFiles(folder: string): Promise<ReadonlyMap<string, WebFile>> {
  const files = new Map<string, WebFile>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(folder, file).split(sep).join('/')}`
    files.set(path, await readWebFile(file, type, path))
  }
  const index = files.get('/index.html')
  if (index) files.set('/', index)
  return files
}

async function readWebFile(file: string, type: string, path: string): Promise<WebFile> {
  const body = await readFile(file)
  // Pictures and fonts are compressed already.
  const text = /^text\/|json|svg/.test(type)
  const gzipped = text ? await compress(body, { level: 9 }) : body
  return {
    type,
    body,
    ...(gzipped.length < body.length && { gzipped }),
    immutable: path.startsWith('/assets/'),
  }
}
