/** One question on a connection of its own. */
import http from 'node:http'

export interface Answered {
  readonly status: number
  readonly body: string
}

/** Asks a port of 127.0.0.1; rejects where no whole answer comes within `limitMs`. */
export function ask(port: number, path: string, limitMs = 10_000): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { host: '127.0.0.1', port, path, agent: false, timeout: limitMs },
      (response) => {
        let body = ''
        response.setEncoding('latin1')
        response.on('data', (piece: string) => (body += piece))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    request.on('timeout', () => request.destroy(new Error(`no answer within ${limitMs} ms`)))
    request.on('error', reject)
  })
}
