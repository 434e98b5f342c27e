/** Requests that are sent once more, through the engine's own listener, so that they are traffic like any other. */
import net from 'node:net'
import tls from 'node:tls'
import type { Clock } from '../base/clock.ts'
import type { WrittenRequest } from '../contract/traffic.ts'
import { ContractError } from '../contract/errors.ts'
import { hopByHopFields, isFieldValue, isToken } from '../http/fields.ts'
import type { ExchangeDetail, FieldPair } from '../status/exchange-record.ts'
import type { ListenerStatus } from '../status/listener-status.ts'

// An answer that never ends (events, a long poll) is not read for ever.
const longestMs = 60_000
// Time for an upstream that is slow to answer; the exchange is seen before it has.
const firstLookMs = 300

export interface ReplaySources {
  readonly clock: Clock
  listeners(): readonly ListenerStatus[]
  detail(id: number): ExchangeDetail | undefined
  /** The client's body, if all of it was kept. */
  body(id: number): Buffer | undefined
  /** The exchange that came from this port of ours, running or ended. */
  seenFrom(clientPort: number): number | undefined
}

interface Message {
  readonly secure: boolean
  readonly port: number
  readonly address: string
  readonly name: string
  readonly bytes: Buffer
}

/** Sends it and answers with the new exchange's id. Rejects with `ContractError`. */
export async function replay(
  sources: ReplaySources,
  id: number,
  written: WrittenRequest = {},
): Promise<{ id: number }> {
  const detail = sources.detail(id)
  if (!detail) throw new ContractError('not-found', `exchange ${id} is gone: newer ones took its place`)
  const message = messageOf(sources, detail, written)
  return { id: await send(sources, message) }
}

function messageOf(sources: ReplaySources, detail: ExchangeDetail, written: WrittenRequest): Message {
  const { record, request } = detail
  const scheme = written.scheme ?? record.scheme
  const method = written.method ?? record.method
  const target = written.target ?? request.startLine.split(' ')[1] ?? '/'
  const authority = written.authority ?? hostOf(detail)
  const fields = written.fields ?? request.fields
  refuseWrong(method, target, authority, fields)
  if (fieldOf(fields, 'upgrade') !== undefined && written.fields === undefined)
    throw new ContractError('cannot', 'a WebSocket cannot be replayed: it is a conversation, not one request')
  const body = bodyOf(sources, detail, written)
  const [, name = authority, wanted] = /^(.*?)(?::(\d+))?$/.exec(authority) ?? []
  const listener = listenerFor(
    sources,
    scheme === 'https',
    wanted === undefined ? record.port : Number(wanted),
    record.port,
  )
  const kept = fields.filter(([name]) => !isOwn(name))
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${authority}`,
    ...kept.map(([name, value]) => `${name}: ${value}`),
    ...(body.length > 0 || fieldOf(fields, 'content-length') !== undefined
      ? [`Content-Length: ${body.length}`]
      : []),
    'Connection: close',
  ]
  return {
    secure: scheme === 'https',
    ...listener,
    name,
    bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]),
  }
}

/** What the connection of the replay says for itself. */
function isOwn(name: string): boolean {
  const lower = name.toLowerCase()
  return hopByHopFields.has(lower) || ['host', 'content-length', 'expect', 'trailer'].includes(lower)
}

function refuseWrong(method: string, target: string, authority: string, fields: readonly FieldPair[]): void {
  const refuse = (why: string): never => {
    throw new ContractError('invalid-input', why)
  }
  if (!isToken(method)) refuse(`"${method}" is no method: letters, digits and -`)
  if (!/^(\/|\*$|https?:)[^\s\p{Cc}]*$/u.test(target))
    refuse(`"${target}" is no request target: it begins with / and has no spaces; write a space as %20`)
  if (!/^[^\s/\p{Cc}]+$/u.test(authority)) refuse(`"${authority}" is no host: write name or name:port`)
  for (const [name, value] of fields) {
    if (!isToken(name)) refuse(`"${name}" is no field name: letters, digits and -, no spaces`)
    if (!isFieldValue(value)) refuse(`the value of ${name} has a line break, which would begin another field`)
  }
}

function bodyOf(sources: ReplaySources, detail: ExchangeDetail, written: WrittenRequest): Buffer {
  if (written.body !== undefined) return Buffer.from(written.body, 'base64')
  const { fields } = detail.request
  const length = fieldOf(fields, 'content-length')
  if ((length === undefined || length === '0') && fieldOf(fields, 'transfer-encoding') === undefined)
    return Buffer.alloc(0)
  const body = sources.body(detail.record.id)
  if (body) return body
  throw new ContractError(
    'cannot',
    'its body was not kept, or not all of it: turn on the recording of bodies before it is sent, or edit it and write one',
  )
}

function listenerFor(
  sources: ReplaySources,
  secure: boolean,
  wanted: number | undefined,
  before: number | undefined,
): { port: number; address: string } {
  const fitting = sources.listeners().filter(({ ssl, port }) => ssl === secure && port > 0)
  const found =
    fitting.find(({ port }) => port === wanted) ?? fitting.find(({ port }) => port === before) ?? fitting[0]
  if (!found)
    throw new ContractError(
      'cannot',
      `nothing listens for ${secure ? 'https' : 'http'} now: start the engine, or listen on a port`,
    )
  const host = found.address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return { port: found.port, address: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host }
}

function send(sources: ReplaySources, message: Message): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = dial(message, () => socket.write(message.bytes))
    let port = 0
    let found = false
    const look = (): void => {
      if (found || port === 0) return
      const id = sources.seenFrom(port)
      if (id === undefined) return
      found = true
      resolve(id)
    }
    const timers = [
      sources.clock.after(firstLookMs, look),
      sources.clock.after(longestMs, () => socket.destroy()),
    ]
    socket.on('connect', () => (port = socket.localPort ?? 0))
    socket.on('data', look)
    socket.on('error', (error) => failed(error.message))
    socket.on('close', () => {
      for (const timer of timers) timer.cancel()
      look()
      failed('the connection ended before it became an exchange')
    })
    const failed = (why: string): void => {
      if (!found) reject(new ContractError('cannot', `the request could not be sent: ${why}`))
    }
  })
}

function dial({ secure, port, address, name }: Message, ready: () => void): net.Socket {
  if (!secure) return net.connect({ host: address, port }, ready)
  return tls.connect(
    {
      host: address,
      port,
      ...(net.isIP(name) === 0 && { servername: name }),
      // Our own listener on this machine; its certificate may be of any authority.
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    },
    ready,
  )
}

function hostOf({ record, request }: ExchangeDetail): string {
  const field = fieldOf(request.fields, 'host')
  if (field !== undefined && field !== '') return field
  const port = record.port === (record.scheme === 'https' ? 443 : 80) ? undefined : record.port
  return port === undefined ? record.host : `${record.host}:${port}`
}

function fieldOf(fields: readonly FieldPair[], wanted: string): string | undefined {
  return fields.find(([name]) => name.toLowerCase() === wanted)?.[1]
}
