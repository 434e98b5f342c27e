/**
 * Measures the full product, recording on, against nginx, HAProxy, Caddy, http-proxy and httpxy: every server on one CPU,
 * origin and load on the other, servers taking turns, medians of short slices (ARCHITECTURE.md, "How speed is measured").
 *
 *     npm run bench [-- --quick] [--only ROW]… [--servers NAME,NAME] [--seconds N] [--cpu-prof FOLDER]
 *                      [--before CHECKOUT] [--list]
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, chmodSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../support/nginx.ts'
import { startSilentOrigin } from './idle.ts'
import { loadCpu } from './processes.ts'
import { asJson, shown, type Measured } from './report.ts'
import { NotThere, rowsOf, type Row, type Sample } from './rows.ts'
import {
  isInstalled,
  programs,
  starters,
  startOrigin,
  type Server,
  type ServerName,
  type Stage,
} from './servers.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    servers: { type: 'string' },
    seconds: { type: 'string', default: '2' },
    'cpu-prof': { type: 'string' },
    before: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
})

/** Nothing that is measured takes longer: half an hour. */
const limitMs = 30 * 60_000
setTimeout(() => {
  console.error('ended: not done after half an hour')
  process.exit(1)
}, limitMs).unref()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

process.exitCode = await main()

async function main(): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluicegate-bench-'))
  chmodSync(folder, 0o755)
  const bigFile = `${folder}/1g`
  const rows = chooseRows(rowsOf(bigFile, folder))
  if (options.list) {
    for (const row of rows) console.log(`${row.name.padEnd(16)} ${row.title}`)
    rmSync(folder, { recursive: true })
    return 0
  }
  const lacking = lackingPrograms(rows)
  if (lacking !== undefined) {
    console.error(lacking)
    return 1
  }
  execFileSync('taskset', ['-acp', String(loadCpu), String(process.pid)], { stdio: 'ignore' })
  writeFileSync(bigFile, '')
  truncateSync(bigFile, 1024 ** 3)
  const stop: (() => Promise<unknown> | void)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    return await measureAll(rows, folder, stop)
  } finally {
    for (const each of stop.reverse()) await each()
  }
}

async function measureAll(
  rows: readonly Row[],
  folder: string,
  stop: (() => Promise<unknown> | void)[],
): Promise<number> {
  const origin = await startOrigin(folder)
  stop.push(() => origin.stop())
  const silentPort = await freePort()
  const silent = await startSilentOrigin(silentPort)
  stop.push(() => void silent.close())
  const stage: Stage = {
    folder,
    originPort: origin.port,
    silentPort,
    ...makeCertificate(folder),
    cpuProfile: options['cpu-prof'],
    before: options.before,
  }
  const servers = new Map<ServerName, Server>()
  for (const name of serversOf(rows)) {
    const server = await starters[name](stage)
    servers.set(name, server)
    stop.push(() => server.stop())
  }
  const all: Measured[] = []
  for (const row of rows) {
    const measured = await measure(row, servers)
    all.push(measured)
    console.log(`${shown(measured)}\n`)
  }
  save(all)
  return 0
}

function chooseRows(all: readonly Row[]): readonly Row[] {
  const only = options.quick ? ['short', 'browser'] : options.only
  const unknown = only?.filter((name) => !all.some((row) => row.name === name)) ?? []
  if (unknown.length > 0)
    throw new Error(
      `no row is named ${unknown.join(' or ')}; there are ${all.map((row) => row.name).join(', ')}`,
    )
  return only ? all.filter((row) => only.includes(row.name)) : all
}

function serversOf(rows: readonly Row[]): ServerName[] {
  const named =
    options.servers?.split(',') ?? (options.quick ? ['sluicegate', 'nginx', 'http-proxy'] : undefined)
  const unknown = named?.filter((name) => !(name in starters)) ?? []
  if (unknown.length > 0) throw new Error(`no server is named ${unknown.join(' or ')}`)
  const before = options.before === undefined ? [] : (['before'] as const)
  const wanted = [...new Set(rows.flatMap((row) => row.servers))]
  return [...before, ...wanted.filter((name) => !named || named.includes(name))]
}

/** What to install, in words; undefined when everything is there. */
function lackingPrograms(rows: readonly Row[]): string | undefined {
  const named = new Set<string>(serversOf(rows))
  const needed = Object.keys(programs).filter((name) => named.has(name) || !(name in starters))
  const lacking = needed.filter((name) => !isInstalled(name))
  const packages = lacking.map((name) => programs[name]).join(' ')
  if (lacking.length === 0) return undefined
  if (process.getuid?.() === 0) {
    console.log(`installing ${packages}`)
    try {
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages.split(' ')], {
        stdio: 'ignore',
      })
      return undefined
    } catch {
      // No network, or not Debian: the words below say what is needed.
    }
  }
  return `not there: ${lacking.join(', ')}. Install: apt-get install ${packages}`
}

/** Servers take turns, slice by slice, so that a busy moment of the machine meets all of them. */
async function measure(row: Row, servers: ReadonlyMap<ServerName, Server>): Promise<Measured> {
  const samples = new Map<ServerName, Sample[]>()
  const missing = new Map<ServerName, string>()
  const attempt = async (server: Server, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      missing.set(server.name, error instanceof NotThere ? `has no ${reason}` : reason)
      samples.delete(server.name)
    }
  }
  const chosen = (['before', ...row.servers] as const).flatMap((name) => servers.get(name) ?? [])
  for (const server of chosen) await attempt(server, async () => row.warmUp?.(server))
  for (let slice = 0; slice < row.slices; slice++)
    for (const server of chosen) {
      if (missing.has(server.name)) continue
      await attempt(server, async () => {
        const sample = await row.slice(server, options.quick ? 1 : Number(options.seconds))
        samples.set(server.name, [...(samples.get(server.name) ?? []), sample])
      })
    }
  return { row, samples, missing }
}

function makeCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [`${folder}/cert.pem`, `${folder}/key.pem`]
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync('openssl', [...made, ...name, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  chmodSync(key, 0o644)
  return { certificate, key }
}

function save(all: readonly Measured[]): void {
  const results = fileURLToPath(new URL('results', import.meta.url))
  mkdirSync(results, { recursive: true })
  const at = new Date().toISOString()
  const file = path.join(results, `${at.replaceAll(':', '-')}.json`)
  const cpu = os.cpus()[0]?.model
  writeFileSync(
    file,
    asJson(all, { at, cpu, node: process.version, kernel: os.release(), quick: options.quick }),
  )
  console.log(`written to ${path.relative(process.cwd(), file)}`)
}
