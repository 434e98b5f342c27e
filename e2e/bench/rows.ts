/** What is measured: each row is one kind of work, done by several servers in turn. */
import http from 'node:http'
import { idleKiB } from './idle.ts'
import { h2load, heads, latencies, wrk, type Load } from './load.ts'
import { cpuMs, forgetPeak, loadCpu, peakKiB, runPinned } from './processes.ts'
import type { Server, ServerName } from './servers.ts'

/** One slice: what it gave, in the unit of its row, and beside it what else was seen. */
export interface Sample {
  readonly value: number
  /** Requests a second, where that was measured. */
  readonly rate?: number
  /** MiB, where that was measured. */
  readonly peak?: number
}

/** What a row is held to: the floor below which it fails, and the goal. */
export interface Limit {
  readonly what: string
  /**
   * `times`: how many times as good as the other one, at least. `over`: how many times as much as the other one, at
   * most. `at most`: our own figure.
   */
  readonly kind: 'times' | 'over' | 'at most'
  readonly of: keyof Sample
  readonly against?: ServerName
  readonly floor: number
  readonly goal: number
}

export interface Row {
  readonly name: string
  readonly title: string
  /** Of `value`; less is better in every row. */
  readonly unit: string
  readonly servers: readonly ServerName[]
  readonly slices: number
  readonly limits: readonly Limit[]
  /** Brings a server to its usual speed; what it gives is thrown away. */
  warmUp?(server: Server): Promise<unknown>
  slice(server: Server, seconds: number): Promise<Sample>
}

/** A server cannot do the work of a row at all: told, and the row goes on without it. */
export class NotThere extends Error {}

const all: readonly ServerName[] = ['sluicegate', 'nginx', 'haproxy', 'caddy', 'http-proxy', 'httpxy']

/** Microseconds of a server's CPU for each request of a load. */
async function cpuPerRequest(server: Server, load: () => Promise<Load>): Promise<Sample> {
  const before = cpuMs(server.pid)
  const { requests, seconds } = await load()
  return { value: ((cpuMs(server.pid) - before) * 1000) / requests, rate: requests / seconds }
}

const warmUpSeconds = 3
const plainUrl = (server: Server): string => `http://127.0.0.1:${server.port}/`
const tlsUrl = (server: Server): string => `https://127.0.0.1:${server.tlsPort}/`

function times(against: ServerName, floor: number, goal: number): Limit {
  return { what: `against ${against}`, kind: 'times', of: 'value', against, floor, goal }
}

function plain(name: 'short' | 'browser', title: string, limits: readonly Limit[]): Row {
  const head = heads[name]
  return {
    name,
    title,
    unit: 'µs CPU/request',
    servers: all,
    slices: 5,
    limits,
    warmUp: (server) => wrk(plainUrl(server), warmUpSeconds, { head }),
    slice: (server, seconds) => cpuPerRequest(server, () => wrk(plainUrl(server), seconds, { head })),
  }
}

const plainLimits = [
  times('nginx', 0.5, 0.75),
  times('caddy', 2.5, 4),
  times('haproxy', 0.6, 0.9),
  times('http-proxy', 4, 6),
]

const gibibyte = 1024 ** 3

/** Seconds that one GiB takes through a server, and the server's peak memory. */
async function transfer(server: Server, args: string[]): Promise<Sample> {
  forgetPeak(server.pid)
  const said = await runPinned(
    loadCpu,
    'curl',
    ['-sS', '-o', '/dev/null', '-w', '%{http_code} %{size_download} %{size_upload} %{time_total}', ...args],
    120_000,
  )
  const [status, down, up, seconds] = said.split(' ')
  if (status !== '200' || Math.max(Number(down), Number(up)) !== gibibyte)
    throw new Error(`${server.name} did not pass one GiB: ${said}`)
  return { value: Number(seconds), peak: peakKiB(server.pid) / 1024 }
}

/** The rows, made for one run: `bigFile` is a file of one GiB, `folder` takes temporary files. */
export function rowsOf(bigFile: string, folder: string): readonly Row[] {
  // Warmed up, too: the first to read a file pays for its way into the page cache.
  const download = (server: Server): Promise<Sample> => transfer(server, [`${plainUrl(server)}1g`])
  const upload = (server: Server): Promise<Sample> =>
    transfer(server, ['-H', 'Expect:', '-T', bigFile, `${plainUrl(server)}up`])
  return [
    plain('short', 'plain proxy, 1 KiB, short head', [
      ...plainLimits,
      {
        what: 'rate against http-proxy',
        kind: 'times',
        of: 'rate',
        against: 'http-proxy',
        floor: 2.5,
        goal: 4,
      },
    ]),
    plain('browser', 'plain proxy, 1 KiB, browser-sized head', plainLimits),
    {
      name: 'tls',
      title: 'TLS, kept connections, P-256, 1 KiB',
      unit: 'µs CPU/request',
      servers: ['sluicegate', 'nginx', 'haproxy', 'caddy'],
      slices: 5,
      limits: [times('nginx', 0.45, 0.62), times('caddy', 2.2, 3.2)],
      warmUp: (server) => wrk(tlsUrl(server), warmUpSeconds),
      slice: (server, seconds) => cpuPerRequest(server, () => wrk(tlsUrl(server), seconds)),
    },
    {
      name: 'h2',
      title: 'HTTP/2, 16 connections × 16 streams, 1 KiB',
      unit: 'µs CPU/request',
      servers: ['sluicegate', 'nginx', 'haproxy', 'caddy'],
      slices: 5,
      limits: [times('nginx', 0.5, 0.8), times('caddy', 2, 3)],
      warmUp: (server) => overHttp2(server, warmUpSeconds),
      slice: (server, seconds) => cpuPerRequest(server, () => overHttp2(server, seconds)),
    },
    {
      name: 'handshake',
      title: 'new TLS 1.3 connections, P-256, one request each',
      unit: 'µs CPU/connection',
      servers: ['sluicegate', 'nginx', 'haproxy', 'caddy'],
      slices: 5,
      limits: [times('nginx', 0.55, 0.7)],
      // As long as in other rows, so that a program that compiles while it runs has done that.
      warmUp: (server) => handshakes(server, warmUpSeconds),
      slice: (server, seconds) => cpuPerRequest(server, () => handshakes(server, seconds)),
    },
    {
      name: 'down',
      title: '1 GiB down',
      unit: 's',
      servers: ['sluicegate', 'nginx', 'caddy', 'haproxy'],
      slices: 3,
      limits: [
        times('nginx', 0.7, 0.9),
        { what: 'peak memory, MiB', kind: 'at most', of: 'peak', floor: 150, goal: 110 },
      ],
      warmUp: download,
      slice: download,
    },
    {
      name: 'up',
      title: '1 GiB up',
      unit: 's',
      servers: ['sluicegate', 'nginx', 'caddy', 'haproxy'],
      slices: 3,
      limits: [
        times('nginx', 1, 1.3),
        { what: 'peak memory, MiB', kind: 'at most', of: 'peak', floor: 150, goal: 110 },
      ],
      warmUp: upload,
      slice: upload,
    },
    cached('hit-1k', 'cache HIT, 1 KiB', '', [times('nginx', 1.1, 1.7)]),
    cached('hit-100k', 'cache HIT, 100 KiB', '100k', [times('nginx', 0.8, 1)]),
    {
      ...plain('browser', 'what recording costs: browser-sized head, recorded and not', [
        { what: 'against none', kind: 'over', of: 'value', against: 'unrecorded', floor: 1.1, goal: 1.03 },
      ]),
      name: 'recording',
      servers: ['sluicegate', 'unrecorded'],
    },
    idle('idle-keepalive', '5,000 waiting connections', 'keepalive', 10, 6),
    idle('idle-websocket', '5,000 waiting WebSockets', 'websocket', 16, 12),
    {
      name: 'p99',
      title: 'p99 at half of capacity',
      unit: 'ms',
      servers: ['sluicegate', 'nginx', 'caddy'],
      slices: 3,
      limits: [
        { what: 'against nginx', kind: 'over', of: 'value', against: 'nginx', floor: 3, goal: 1.5 },
        { what: 'against caddy', kind: 'over', of: 'value', against: 'caddy', floor: 1, goal: 1 },
      ],
      warmUp: (server) => wrk(plainUrl(server), warmUpSeconds),
      slice: (server, seconds) => p99AtHalf(server, seconds, `${folder}/latencies`),
    },
  ]
}

async function overHttp2(server: Server, seconds: number): Promise<Load> {
  const load = await h2load(['-c16', '-m16', `-D${seconds}`, tlsUrl(server)], seconds + 30)
  if (load.protocol !== 'h2') throw new NotThere(`HTTP/2 (it chose ${load.protocol})`)
  return load
}

// Each connection is a new client to h2load: no session is ever resumed.
async function handshakes(server: Server, seconds: number): Promise<Load> {
  const count = 400
  const all = { requests: 0, seconds: 0 }
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const load = await h2load(['--h1', `-n${count}`, `-c${count}`, tlsUrl(server)], 60)
    all.requests += load.requests
    all.seconds += load.seconds
  }
  return all
}

function cached(name: string, title: string, path: string, limits: readonly Limit[]): Row {
  const url = (server: Server): string => `${plainUrl(server)}cached/${path}`
  return {
    name,
    title,
    unit: 'µs CPU/request',
    servers: ['sluicegate', 'nginx'],
    slices: 5,
    limits,
    warmUp: async (server) => {
      const probe = `${plainUrl(server)}cache-status/${path}`
      await cacheStatus(probe)
      const second = await cacheStatus(probe)
      if (second !== 'HIT')
        throw new NotThere(`proxy_cache (the second answer was ${second ?? 'not from it'})`)
      await wrk(url(server), warmUpSeconds)
    },
    slice: (server, seconds) => cpuPerRequest(server, () => wrk(url(server), seconds)),
  }
}

function cacheStatus(url: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    http
      .get(url, (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.headers['x-cache'] as string | undefined))
      })
      .once('error', reject)
  })
}

function idle(
  name: string,
  title: string,
  kind: 'keepalive' | 'websocket',
  floor: number,
  goal: number,
): Row {
  return {
    name,
    title,
    unit: 'KiB each',
    servers: ['sluicegate', 'nginx'],
    slices: 1,
    limits: [{ what: 'KiB each', kind: 'at most', of: 'value', floor, goal }],
    // What is made once for the first connections is not what a waiting one costs.
    warmUp: (server) => idleKiB(server, kind, 500),
    slice: async (server) => ({ value: await idleKiB(server, kind, 5000) }),
  }
}

/** The rate that all servers are tried at where they can: half of what Sluicegate does. */
let halfOfOurs = 0

async function p99AtHalf(server: Server, seconds: number, log: string): Promise<Sample> {
  const { requests, seconds: took } = await wrk(plainUrl(server), 1)
  const half = requests / took / 2
  if (server.name === 'sluicegate') halfOfOurs = half
  const rate = Math.min(half, halfOfOurs || half)
  const sorted = await latencies(plainUrl(server), rate, Math.max(2, seconds * 2), log)
  return { value: sorted[Math.floor(sorted.length * 0.99)] ?? 0, rate }
}
