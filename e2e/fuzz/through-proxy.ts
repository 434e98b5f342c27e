import { chmod } from 'node:fs/promises'
import net from 'node:net'
import { ownFields, type Forwarded, type Outcome } from './outcome.ts'

/** An origin that answers every request with `ok` and remembers it under the connection it came on to the proxy. */
export class RecordingOrigin {
  private readonly requests = new Map<string, Forwarded[]>()
  private readonly server: net.Server

  constructor() {
    this.server = net.createServer((socket) => this.serve(socket))
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(path, resolve))
    // nginx's workers are nobody when its master is root.
    await chmod(path, 0o777)
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve))
  }

  /** What came from a client's port on one of the proxy's; forgotten with the asking. */
  take(proxyPort: number, clientPort: number): Forwarded[] {
    const client = `${proxyPort}:${clientPort}`
    const requests = this.requests.get(client) ?? []
    this.requests.delete(client)
    return requests
  }

  private serve(socket: net.Socket): void {
    let text = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const message = wholeMessage(text)
      if (message === undefined) return
      const client = message.fields.find(([name]) => name === 'X-Client')?.[1] ?? ''
      const request = {
        ...message,
        fields: message.fields.filter(([name]) => !ownFields.has(name.toLowerCase())),
      }
      this.requests.set(client, [...(this.requests.get(client) ?? []), request])
      const body = request.method === 'HEAD' ? '' : 'ok'
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
    })
  }
}

/** Reads strictly what a proxy must write: a request of RFC 9112, its body of a length or in chunks. */
function wholeMessage(text: string): Forwarded | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [line = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const [, method = '', target = ''] = /^([A-Z_-]+) ([^\0-\x20\x7f]+) HTTP\/1\.[01]$/.exec(line) ?? []
  if (method === '') throw new Error(`the origin was sent the request line ${JSON.stringify(line)}`)
  const fields = lines.map((field): [string, string] => {
    const [, name = '', value = ''] = /^([^\0-\x20\x7f:]+): ([^\0\r\n]*)$/.exec(field) ?? []
    if (name === '') throw new Error(`the origin was sent the field line ${JSON.stringify(field)}`)
    return [name, value]
  })
  if (fields.some(([name]) => name.toLowerCase() === 'transfer-encoding')) {
    const body = wholeChunks(text.slice(headEnd + 4))
    return body === undefined ? undefined : { method, target, fields, body }
  }
  const length = Number(fields.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? 0)
  const body = text.slice(headEnd + 4)
  if (body.length > length)
    throw new Error(`the origin was sent ${body.length} bytes for a body of ${length}`)
  return body.length < length ? undefined : { method, target, fields, body }
}

/** The body in chunks that are written as a proxy must write them, undefined while it is not whole. */
function wholeChunks(text: string): string | undefined {
  let body = ''
  for (let at = 0; ;) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 20)) ?? []
    const length = Number.parseInt(size, 16)
    if (line === '') {
      if (text.length - at < 18 && /^[0-9a-f]*\r?$/.test(text.slice(at))) return undefined
      throw new Error(`the origin was sent the chunk ${JSON.stringify(text.slice(at, at + 40))}`)
    }
    at += line.length
    if (text.length < at + length + 2) return undefined
    if (text.slice(at + length, at + length + 2) !== '\r\n')
      throw new Error(`the origin was sent a chunk without its end: ${JSON.stringify(text.slice(at))}`)
    body += text.slice(at, at + length)
    at += length + 2
    if (length > 0) continue
    if (at < text.length) throw new Error(`the origin was sent more behind the last chunk`)
    return body
  }
}

/** Sends the bytes on a connection of their own, says that no more will come, and waits for all that is answered. */
export async function sendThrough(port: number, bytes: Buffer, origin: RecordingOrigin): Promise<Outcome> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let answer = ''
  let clientPort = 0
  let hung = false
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(10_000, () => {
      hung = true
      socket.destroy()
    })
    socket.on('connect', () => {
      clientPort = socket.localPort ?? 0
      socket.end(bytes)
    })
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
  return {
    statuses: [...statusesOf(answer), ...(hung ? [-1] : [])],
    forwarded: origin.take(port, clientPort),
  }
}

/** The statuses in what was answered; 0 for what has no head. */
function statusesOf(answer: string): number[] {
  const statuses: number[] = []
  for (let at = 0; at < answer.length;) {
    const [head, status] = /^HTTP\/1\.1 ([0-9]{3})[^]*?\r\n\r\n/.exec(answer.slice(at)) ?? []
    if (head === undefined) return [...statuses, 0]
    statuses.push(Number(status))
    at += head.length
    // The response to HEAD says a length and has no body.
    const length = Number(/\r\nContent-Length: ([0-9]+)/.exec(head)?.[1] ?? 0)
    if (/^(?:ok|<html>)/.test(answer.slice(at, at + length))) at += length
  }
  return statuses
}
