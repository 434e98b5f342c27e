/** A name server on loopback that answers as it is told and counts what it is asked (RFC 1035, UDP, A and AAAA). */
import { createSocket } from 'node:dgram'
import { isIP } from 'node:net'
import { parseIpAddress } from '../../base/ip-address.ts'

/** What a name has; `fails`: SERVFAIL; `silent`: no answer at all. A name that is not there is NXDOMAIN. */
export interface DnsAnswer {
  readonly addresses?: readonly string[]
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
  const found = (answer?.addresses ?? []).filter((address) => isIP(address) === family)
  const head = Buffer.from(asked)
  // Response, recursion desired and available; SERVFAIL 2, NXDOMAIN 3.
  head.writeUInt16BE(0x8180 + (answer === undefined ? 3 : answer.fails ? 2 : 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(found.length, 6)
  head.writeUInt32BE(0, 8)
  const records = found.map((address) => {
    const bytes = Buffer.from(parseIpAddress(address) ?? [])
    const record = Buffer.alloc(12)
    // The name is that of the question.
    record.writeUInt16BE(0xc00c, 0)
    record.writeUInt16BE(type, 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt32BE(answer?.ttl ?? 60, 6)
    record.writeUInt16BE(bytes.length, 10)
    return Buffer.concat([record, bytes])
  })
  return Buffer.concat([head, ...records])
}
