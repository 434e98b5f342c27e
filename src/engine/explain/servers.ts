/** Why one server answers and each other one does not; asked of the matching itself, one name at a time. */
import { listKeys, pathKey } from '../../config/path.ts'
import type { Candidate, ServerWhy } from '../../status/explanation.ts'
import { serverLabel } from '../cycle/compile-location.ts'
import { compileRegex } from '../cycle/regex.ts'
import type { ServerSettings, Virtual } from '../cycle/settings.ts'
import { ServerNames } from '../match/server-name.ts'
import { bytesOf } from '../request/script.ts'
import type { Asked } from './trial.ts'

// In the order they are looked up in.
const kinds = ['exact-name', 'suffix-name', 'prefix-name', 'regex-name'] as const

interface Fit {
  readonly kind: (typeof kinds)[number]
  readonly name: string
}

/** All servers in the order written. `virtual`: those behind the listen; `winner`: who answers. */
export function serverCandidates(
  { config, off }: Asked,
  virtual: Virtual,
  winner: ServerSettings,
  host: string,
): Candidate<ServerWhy>[] {
  const servers = config.http?.servers ?? []
  const keys = listKeys('servers', servers)
  const here = new Map(virtual.servers.map((settings) => [settings.route, settings]))
  const won = fitOf(winner, host)
  return servers.map((server, index) => {
    const route = pathKey(['http', 'servers', keys[index] ?? ''])
    const place = { route, label: serverLabel(server), won: false }
    if (off.has(route)) return { ...place, why: 'switched-off' }
    const settings = here.get(route)
    if (!settings) return { ...place, why: 'other-listen' }
    const fit = fitOf(settings, host)
    const name = fit && { name: fit.name }
    if (settings === winner) return { ...place, won: true, why: fit?.kind ?? 'default', ...name }
    return { ...place, why: fit && won ? lostTo(fit, won) : 'other-name', ...name }
  })
}

// The best of a server's names, if it were the only server.
function fitOf(server: ServerSettings, host: string): Fit | undefined {
  const fits = (server.fields.serverName ?? ['']).flatMap((name) => {
    const kind = kindOf(name, server, host)
    return kind ? [{ kind, name }] : []
  })
  return fits.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind)).at(0)
}

function kindOf(name: string, server: ServerSettings, host: string): Fit['kind'] | undefined {
  const names = new ServerNames()
  if (name.startsWith('~')) names.addRegex(compileRegex(name.slice(1), true).regex, server, undefined)
  else names.add(bytesOf(name), server)
  if (!names.find(host)) return undefined
  if (name.startsWith('~')) return 'regex-name'
  if (name.endsWith('.*')) return 'prefix-name'
  const isSuffix = name.startsWith('*.') || (name.startsWith('.') && name.toLowerCase().slice(1) !== host)
  return isSuffix ? 'suffix-name' : 'exact-name'
}

function lostTo(fit: Fit, won: Fit): ServerWhy {
  if (fit.kind !== won.kind) return 'less-exact'
  if (fit.kind === 'regex-name') return 'later-expression'
  return fit.name.length < won.name.length ? 'less-exact' : 'same-name'
}
