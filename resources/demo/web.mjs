// The web page of the demo: three files, each at its path.
import { readFile } from 'node:fs'

/** @type {Record<string, [file: string, type: string] | undefined>} */
const pages = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
}

/** @type {import('node:http').RequestListener} */
export function answerWeb(request, response) {
  const path = new URL(request.url ?? '/', 'http://web').pathname
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (page === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(`The demo's web page has nothing at ${path}.\n`)
    return
  }
  const [file, type] = page
  readFile(new URL(`web/${file}`, import.meta.url), (error, body) => {
    if (error) response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error.message}\n`)
    else response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
  })
}
