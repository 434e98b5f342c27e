// The API of the demo: one program on four ports, each saying which it is.

/** No body is kept beyond this, in bytes: a demo is no upload service. */
const mostBody = 1 << 20
/** The longest wait, in milliseconds. */
const mostWait = 60_000

/**
 * Answers as instance n of the API:
 *   any path             what was received, as JSON
 *   /status/503          with this status
 *   /echo                the body, as it came
 *   /catalogue/4711      something that may be stored: fresh for 8 s, with an ETag
 *   /session             something that may be stored, were it not for its cookie
 *   /pause?ms=5000       and then does not listen for so long: see the others take over
 *   ?ms=250 on any path  answers so much later
 * @param {number} instance
 * @param {number} port
 * @param {{ pause: (ms: number) => void }} self
 * @returns {import('node:http').RequestListener}
 */
export function answerApi(instance, port, self) {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://api')
    const wait = Math.min(Number(url.searchParams.get('ms')) || 0, mostWait)
    const status = Number(/^\/status\/([2-5]\d\d)$/.exec(url.pathname)?.[1] ?? 200)
    /** @type {Record<string, string>} */
    const headers = { 'x-instance': `api-${instance}`, ...freshness(url.pathname) }
    // What is stored stays what it was: an ETag of the path, and 304 to whoever has it.
    if (headers.etag !== undefined && request.headers['if-none-match'] === headers.etag) {
      response.writeHead(304, headers).end()
      return
    }

    if (url.pathname === '/echo') {
      response.writeHead(200, {
        ...headers,
        'content-type': request.headers['content-type'] ?? 'application/octet-stream',
      })
      request.pipe(response)
      return
    }
    readBody(request, (body, bytes) => {
      const pause = url.pathname === '/pause'
      const answer = {
        instance: `api-${instance}`,
        port,
        method: request.method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: received(request.rawHeaders),
        ...(bytes > 0 ? { body, bytes } : {}),
        ...(pause ? { paused: wait } : {}),
      }
      const say = () => {
        response.writeHead(status, { ...headers, 'content-type': 'application/json' })
        response.end(
          status === 204 || status === 304 ? undefined : `${JSON.stringify(answer, undefined, 2)}\n`,
        )
      }
      if (pause) {
        response.on('finish', () => self.pause(wait))
        say()
      } else if (wait > 0) {
        const timer = setTimeout(say, wait)
        response.on('close', () => clearTimeout(timer))
      } else say()
    })
  }
}

/**
 * @param {string} path
 * @returns {Record<string, string>}
 */
function freshness(path) {
  if (path.startsWith('/catalogue/')) return { 'cache-control': 'max-age=8', etag: `"${path.slice(11)}"` }
  if (path === '/session') return { 'cache-control': 'max-age=60', 'set-cookie': 'demo=1; Path=/; HttpOnly' }
  return { 'cache-control': 'no-store' }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {(body: string, bytes: number) => void} done
 */
function readBody(request, done) {
  /** @type {Buffer[]} */
  const kept = []
  let bytes = 0
  request.on('data', (/** @type {Buffer} */ chunk) => {
    if (bytes < mostBody) kept.push(chunk.subarray(0, mostBody - bytes))
    bytes += chunk.length
  })
  request.on('end', () => done(Buffer.concat(kept).toString('utf8'), bytes))
}

/**
 * The fields as they came: names in their own spelling, in their own order, repeated ones as a list.
 * @param {string[]} raw
 */
function received(raw) {
  /** @type {Record<string, string | string[]>} */
  const fields = {}
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = String(raw[i])
    const value = String(raw[i + 1])
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined
    fields[name] = before === undefined ? value : [before, value].flat()
  }
  return fields
}
