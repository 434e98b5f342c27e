/** Looks at everything that stands between a name of the configuration and a page without a warning. */
import type { Config } from '../config/model.ts'
import type { CertificatesState, DoctorCheck } from '../contract/program.ts'
import type { ListenerStatus } from '../status/listener-status.ts'

/** What the doctor asks; the machine's own answers are handed in. */
export interface DoctorParts {
  readonly config: Config
  readonly certificates: CertificatesState
  readonly listeners: readonly ListenerStatus[]
  /** When the authority's file was made; milliseconds since 1970. */
  readonly authorityMadeAt: number | undefined
  readonly now: number
  /** The addresses of a name; rejects where it has none. */
  lookup(name: string): Promise<readonly string[]>
  /** Rejects with the reason where nobody answers. */
  connect(address: string): Promise<void>
}

/** In the order in which one would look. */
export async function examine(parts: DoctorParts): Promise<readonly DoctorCheck[]> {
  const names = secureNames(parts.config)
  return [
    ofAuthority(parts),
    ofClock(parts),
    ...ofStores(parts),
    ...names.map((name) => ofLeaf(name, parts)),
    ...(await Promise.all(names.map((name) => ofName(name, parts)))),
    ...(await Promise.all(parts.listeners.map((listener) => ofPort(listener, parts)))),
  ]
}

/** Names of servers that are reached over TLS; patterns and wildcards have no certificate of their own to look at. */
function secureNames(config: Config): readonly string[] {
  const servers = config.http?.servers?.filter((server) => server.listen?.some(({ ssl }) => ssl)) ?? []
  const names = servers.flatMap((server) => server.serverName ?? [])
  return [...new Set(names)].filter((name) => /^[a-z0-9][a-z0-9.-]*$/i.test(name))
}

function ofAuthority({ certificates, now }: DoctorParts): DoctorCheck {
  const about = { about: 'authority', title: 'The local authority' } as const
  const { authority } = certificates
  if (!authority)
    return {
      ...about,
      outcome: 'bad',
      message: 'There is none, so no certificate can be issued.',
      fix: 'Look in the log for what is in the way of the state folder, and start again.',
    }
  if (authority.notAfter <= now)
    return {
      ...about,
      outcome: 'bad',
      message: `It ended on ${day(authority.notAfter)}.`,
      fix: 'Start Sluicegate again: it makes a new one, to be trusted anew.',
    }
  return { ...about, outcome: 'good', message: `Valid until ${day(authority.notAfter)}.` }
}

// A minute: file systems and clocks differ by less.
const toleranceMs = 60_000

function ofClock({ certificates, authorityMadeAt, now }: DoctorParts): DoctorCheck {
  const about = { about: 'clock', title: 'The clock of this machine' } as const
  const early = certificates.leaves.find((leaf) => leaf.notBefore > now)
  if (early || (authorityMadeAt ?? 0) > now + toleranceMs)
    return {
      ...about,
      outcome: 'bad',
      message:
        'It is behind what it was when certificates were issued, so browsers take them for not valid yet.',
      fix: 'Set the clock, or let it follow a time server.',
      command: 'timedatectl set-ntp true',
    }
  return {
    ...about,
    outcome: 'good',
    message: `It says ${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
  }
}

function ofStores({ certificates }: DoctorParts): DoctorCheck[] {
  return certificates.stores.map((store): DoctorCheck => {
    const about = { about: 'trust', title: store.name } as const
    if (store.state === 'trusted') return { ...about, outcome: 'good', message: 'It believes the authority.' }
    if (store.state === 'unavailable')
      return { ...about, outcome: 'note', message: store.reason ?? 'It is not on this machine.' }
    return {
      ...about,
      outcome: 'warning',
      message: store.reason ?? 'It does not believe the authority yet, so its programs show a warning.',
      fix: 'Switch its trust on, or run the command.',
      ...(store.command !== undefined && { command: store.command }),
    }
  })
}

function ofLeaf(name: string, { certificates, now }: DoctorParts): DoctorCheck {
  const about = { about: 'leaf', title: name } as const
  const leaf = certificates.leaves.find((one) => one.names.includes(name))
  if (!leaf)
    return { ...about, outcome: 'note', message: 'Its certificate is issued when it is first asked for.' }
  if (leaf.notAfter <= now)
    return {
      ...about,
      outcome: 'warning',
      message: `Its certificate ended on ${day(leaf.notAfter)}.`,
      fix: 'Open it once: it is issued anew.',
    }
  return { ...about, outcome: 'good', message: `Has a certificate until ${day(leaf.notAfter)}.` }
}

async function ofName(name: string, { lookup }: DoctorParts): Promise<DoctorCheck> {
  const about = { about: 'name', title: name } as const
  const line = `127.0.0.1 ${name}`
  const hosts = {
    fix: `Add the line "${line}" to the hosts file.`,
    command: `echo '${line}' | sudo tee -a /etc/hosts`,
  }
  let addresses: readonly string[]
  try {
    addresses = await lookup(name)
  } catch {
    if (/(^|\.)localhost$/i.test(name))
      return {
        ...about,
        outcome: 'note',
        message:
          'Browsers know names that end with .localhost by themselves; other programs here do not know this one.',
        ...hosts,
      }
    return {
      ...about,
      outcome: 'bad',
      message: 'Nobody knows this name, so a browser cannot come here by it.',
      ...hosts,
    }
  }
  const elsewhere = addresses.find((address) => !isLoopback(address))
  if (elsewhere === undefined)
    return { ...about, outcome: 'good', message: `Leads to this machine (${addresses.join(', ')}).` }
  return { ...about, outcome: 'warning', message: `Leads to ${elsewhere}, not to this machine.`, ...hosts }
}

async function ofPort({ listen, address }: ListenerStatus, { connect }: DoctorParts): Promise<DoctorCheck> {
  const about = { about: 'port', title: `listen ${listen}` } as const
  try {
    await connect(address)
    return { ...about, outcome: 'good', message: `Answers at ${address}.` }
  } catch (error) {
    return {
      ...about,
      outcome: 'bad',
      message: `Nobody answers at ${address}: ${error instanceof Error ? error.message : String(error)}.`,
      fix: 'Start the engine, or see whether a firewall is in the way.',
    }
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
