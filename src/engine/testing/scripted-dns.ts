/** A name server on loopback that answers as it is told and counts what it is asked (RFC 1035, UDP, A and AAAA). */
import { createSocket } from 'node:dgram'
import { isIP } from 'node:net'
import { parseIpAddress } from '../../base/ip-address.ts'

/** What a name has; `fails`: SERVFAIL; `silent`: no answer at all. A name that is not there is NXDOMAIN. */
export interface DnsAnswer {
  readonly addresses?: readonly string[]
  /** What it is called otherwise; that is all that is said of it. */
  readonly alias?: string
  /** Seconds. */
  readonly ttl?: number
  readonly fails?: true
  readonly silent?: true
}

export interface ScriptedDns {
  readonly port: number
  readonly names: Map<string, DnsAnswer>
  /** Questions that have come, `A app.test`. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

const types: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' }

/** Listens on a free port. */
export async function scriptedDns(names: Record<string, DnsAnswer>): Promise<ScriptedDns> {
  const known = new Map(Object.entries(names))
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const { name, type, end } = question(query)
    asked.push(`${types[type] ?? String(type)} ${name}`)
    const answer = known.get(name)
    if (answer?.silent) return
    socket.send(response(query.subarray(0, end), type, answer), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    port: socket.address().port,
    names: known,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function response(asked: Buffer, type: number, answer: DnsAnswer | undefined): Buffer {
  const family = type === 28 ? 6 : 4
  if (answer?.alias !== undefined)
    return withRecords(asked, 0, [record(5, answer.ttl, nameBytes(answer.alias))])
  const found = (answer?.addresses ?? []).filter((address) => isIP(address) === family)
  const code = answer === undefined ? 3 : answer.fails ? 2 : 0
  const records = found.map((address) =>
    record(type, answer?.ttl, Buffer.from(parseIpAddress(address) ?? [])),
  )
  return withRecords(asked, code, records)
}

/** Response, recursion desired and available; SERVFAIL is 2, NXDOMAIN 3. */
function withRecords(asked: Buffer, code: number, records: readonly Buffer[]): Buffer {
  const head = Buffer.from(asked)
  head.writeUInt16BE(0x8180 + code, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records.length, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, ...records])
}

// Of the name that was asked for.
function record(type: number, ttl: number | undefined, bytes: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl ?? 60, 6)
  head.writeUInt16BE(bytes.length, 10)
  return Buffer.concat([head, bytes])
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => `${String.fromCharCode(label.length)}${label}`)
  return Buffer.from(`${labels.join('')}\0`, 'latin1')
}
