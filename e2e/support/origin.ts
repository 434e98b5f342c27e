/**
 * An origin that records every request byte for byte and answers by a script: bytes, pauses, gates that the
 * test opens, echo, close, reset or silence. All text is latin1: one character is one byte.
 */
import net from 'node:net'
import tls from 'node:tls'
import { chmod } from 'node:fs/promises'

/** Name as written, value without the white space around it. */
export type Field = [name: string, value: string]

export type Act =
  | { do: 'write'; bytes: string }
  | { do: 'wait'; ms: number }
  /** Go on when `release(gate)` is called. */
  | { do: 'hold'; gate: string }
  /** Go on when the connection has delivered these bytes after the request. */
  | { do: 'await'; bytes: string }
  /** From here on send back whatever comes. */
  | { do: 'echo' }
  | { do: 'close' }
  | { do: 'reset' }
  /** Keep the connection and never say anything (more). */
  | { do: 'silence' }

export type Rule = {
  /** Answers requests whose request line matches; without it, any. */
  when?: RegExp
  /** Used for one request only. */
  once?: boolean
  /** Answer on the head, without waiting for the body. */
  early?: boolean
  acts: Act[]
}

export type RecordedRequest = {
  /** Which connection of this origin, from 1. */
  connection: number
  requestLine: string
  fieldLines: string[]
  fields: Field[]
  /** Everything before the blank line. */
  head: string
  /** The body as it came, chunked framing included. */
  body: string
  /** False when the connection ended before the request did. */
  complete: boolean
}

/** Field lines (without line ends) as names and values. */
export function parseFields(lines: string[]): Field[] {
  return lines.map((line) => {
    const colon = line.indexOf(':')
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
}

/** All values of a field, in order; `name` in lower case. */
export function fieldValues(fields: Field[], name: string): string[] {
  return fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
}

/** Whether a list field such as Connection names the token. */
export function hasToken(fields: Field[], name: string, token: string): boolean {
  return fieldValues(fields, name).some((value) =>
    value.split(',').some((part) => part.trim().toLowerCase() === token),
  )
}

export class Origin {
  readonly name: string
  readonly requests: RecordedRequest[] = []
  /** The target of `proxy_pass`: `127.0.0.1:PORT` or `unix:PATH`. */
  address = ''
  port = 0
  #server: net.Server
  #sockets = new Set<net.Socket>()
  /** The connections themselves, with those whose handshake never ended: they keep a server from closing. */
  #connected = new Set<net.Socket>()
  /** The first rule that applies answers; without one the origin says its name. */
  rules: Rule[]
  #accepted = 0
  #open = new Set<string>()
  #waiting = new Set<() => void>()
  #onRequest: ((request: RecordedRequest) => void) | undefined

  /** With `secure` (PEM texts) the origin speaks TLS. */
  constructor(
    name: string,
    rules: Rule[] = [],
    onRequest?: (request: RecordedRequest) => void,
    secure?: { certificate: string; key: string },
  ) {
    this.name = name
    this.rules = [...rules]
    this.#onRequest = onRequest
    const accept = (socket: net.Socket) => this.#accept(socket)
    this.#server = secure
      ? tls.createServer({ allowHalfOpen: true, cert: secure.certificate, key: secure.key }, accept)
      : net.createServer({ allowHalfOpen: true, noDelay: true }, accept)
    this.#server.on('connection', (socket: net.Socket) => {
      this.#connected.add(socket)
      socket.on('close', () => this.#connected.delete(socket))
    })
  }

  /** Listens on a free port of 127.0.0.1, or on a unix socket that any user may connect to. */
  async listen(path?: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      if (path) this.#server.listen(path, resolve)
      else this.#server.listen(0, '127.0.0.1', resolve)
    })
    const address = this.#server.address()
    if (path) {
      await chmod(path, 0o777)
      this.address = `unix:${path}`
    } else if (address && typeof address === 'object') {
      this.port = address.port
      this.address = `127.0.0.1:${address.port}`
    }
  }

  /** How many connections were accepted so far. */
  get accepted(): number {
    return this.#accepted
  }

  /** How many connections are open now. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Opens a gate for good: every `hold` on it goes on, now and later. */
  release(gate: string): void {
    this.#open.add(gate)
    this.#changed()
  }

  /** Waits for a condition that only recorded requests or connections can change. */
  async until(condition: () => boolean, deadlineMs: number): Promise<boolean> {
    const deadline = performance.now() + deadlineMs
    while (!condition()) {
      const left = deadline - performance.now()
      if (left <= 0) return false
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          this.#waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, left)
        this.#waiting.add(wake)
      })
    }
    return true
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
    for (const socket of [...this.#sockets, ...this.#connected]) socket.destroy()
    this.#changed()
    await closed
  }

  #changed(): void {
    for (const wake of this.#waiting) wake()
  }

  #accept(socket: net.Socket): void {
    const connection = ++this.#accepted
    this.#sockets.add(socket)
    const inbox = new Inbox()
    socket.on('data', (chunk: Buffer) => {
      inbox.push(chunk.toString('latin1'))
      this.#changed()
    })
    socket.on('end', () => inbox.end())
    // A reset by the proxy is an end like any other here; what matters is what was recorded before it.
    socket.on('error', () => inbox.end())
    socket.on('close', () => {
      inbox.end()
      this.#sockets.delete(socket)
      this.#changed()
    })
    this.#changed()
    void this.#serve(socket, inbox, connection)
  }

  async #serve(socket: net.Socket, inbox: Inbox, connection: number): Promise<void> {
    for (;;) {
      const head = await inbox.through('\r\n\r\n')
      if (head === undefined) break
      const request = startRecord(head.slice(0, -4), connection)
      const rule = this.#ruleFor(request.requestLine)
      const recorded = this.#record(request, inbox)
      if (!rule.early) await recorded
      const goesOn = await this.#perform(rule.acts, socket, inbox)
      await recorded
      if (!goesOn || !keepsAlive(request)) break
    }
    if (inbox.silent) await inbox.ended()
    socket.end()
  }

  async #record(request: RecordedRequest, inbox: Inbox): Promise<void> {
    request.complete = await readBody(request, inbox)
    this.requests.push(request)
    this.#onRequest?.(request)
    this.#changed()
  }

  #ruleFor(requestLine: string): Rule {
    const index = this.rules.findIndex((rule) => !rule.when || rule.when.test(requestLine))
    const rule = this.rules[index]
    if (!rule) return { acts: [{ do: 'write', bytes: plainAnswer(this.name, requestLine) }] }
    if (rule.once) this.rules.splice(index, 1)
    return rule
  }

  /** Answers whether the connection may serve another request. */
  async #perform(acts: Act[], socket: net.Socket, inbox: Inbox): Promise<boolean> {
    for (const act of acts) {
      if (act.do === 'write') socket.write(Buffer.from(act.bytes, 'latin1'))
      else if (act.do === 'wait') await new Promise((resolve) => setTimeout(resolve, act.ms))
      else if (act.do === 'hold') await this.until(() => this.#open.has(act.gate) || socket.destroyed, 60_000)
      else if (act.do === 'await') await inbox.through(act.bytes)
      else if (act.do === 'echo') await echo(socket, inbox)
      else if (act.do === 'silence') inbox.silent = true
      else if (act.do === 'reset') socket.resetAndDestroy()
      if (act.do === 'close' || act.do === 'reset' || act.do === 'echo' || act.do === 'silence') return false
    }
    return true
  }
}

/** What an origin without a rule says: its name, so that a test sees who answered. */
function plainAnswer(name: string, requestLine: string): string {
  const body = `origin ${name}`
  const head = `HTTP/1.1 200 OK\r\nX-Origin: ${name}\r\nContent-Length: ${body.length}\r\n\r\n`
  return requestLine.startsWith('HEAD ') ? head : head + body
}

function startRecord(head: string, connection: number): RecordedRequest {
  const [requestLine = '', ...fieldLines] = head.split('\r\n')
  const fields = parseFields(fieldLines)
  return { connection, requestLine, fieldLines, fields, head, body: '', complete: false }
}

function keepsAlive(request: RecordedRequest): boolean {
  return request.requestLine.endsWith('HTTP/1.1') && !hasToken(request.fields, 'connection', 'close')
}

async function readBody(request: RecordedRequest, inbox: Inbox): Promise<boolean> {
  if (hasToken(request.fields, 'transfer-encoding', 'chunked')) return readChunked(request, inbox)
  const length = Number(fieldValues(request.fields, 'content-length')[0] ?? 0)
  request.body = await inbox.take(length)
  return request.body.length === length
}

async function readChunked(request: RecordedRequest, inbox: Inbox): Promise<boolean> {
  for (;;) {
    const line = await inbox.through('\r\n')
    if (line === undefined) return false
    request.body += line
    const size = Number.parseInt(line, 16)
    if (size === 0) break
    request.body += await inbox.take(size + 2)
  }
  for (let line = await inbox.through('\r\n'); line !== undefined; line = await inbox.through('\r\n')) {
    request.body += line
    if (line === '\r\n') return true
  }
  return false
}

async function echo(socket: net.Socket, inbox: Inbox): Promise<void> {
  for (let bytes = await inbox.any(); bytes !== ''; bytes = await inbox.any()) {
    socket.write(Buffer.from(bytes, 'latin1'))
  }
}

/** The bytes a connection has delivered and nobody has read yet. */
class Inbox {
  silent = false
  #bytes = ''
  #ended = false
  #wake: (() => void) | undefined

  push(bytes: string): void {
    this.#bytes += bytes
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Everything up to and including the mark, or undefined when the connection ends before it. */
  async through(mark: string): Promise<string | undefined> {
    await this.#until(() => this.#bytes.includes(mark))
    const at = this.#bytes.indexOf(mark)
    return at < 0 ? undefined : this.#shift(at + mark.length)
  }

  /** This many bytes, or fewer when the connection ends before. */
  async take(length: number): Promise<string> {
    await this.#until(() => this.#bytes.length >= length)
    return this.#shift(length)
  }

  /** Whatever has come, or '' at the end. */
  async any(): Promise<string> {
    await this.#until(() => this.#bytes !== '')
    return this.#shift(this.#bytes.length)
  }

  /** Waits for the other side's end, whatever it says before. */
  async ended(): Promise<void> {
    await this.#until(() => false)
  }

  #shift(length: number): string {
    const bytes = this.#bytes.slice(0, length)
    this.#bytes = this.#bytes.slice(length)
    return bytes
  }

  async #until(arrived: () => boolean): Promise<void> {
    while (!arrived() && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#wake = undefined
  }
}
