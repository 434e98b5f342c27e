/** Servers, compiled, and the listening sockets they stand behind. */
import { listKeys, pathKey } from '../../config/path.ts'
import { localPort, type Local } from '../../config/local.ts'
import { listensOf, type Listen } from '../../config/listen.ts'
import type { Http, Server } from '../../config/model.ts'
import { ServerNames } from '../match/server-name.ts'
import { compileRewrites } from '../modules/rewrite.ts'
import { socketKey } from '../listen/socket-key.ts'
import type { TlsContexts } from '../listen/tls-contexts.ts'
import { entryOf } from '../phases.ts'
import { bytesOf } from '../request/script.ts'
import type { CompileContext } from './compile-context.ts'
import { compileLevel, serverLabel } from './compile-location.ts'
import { compileContexts, compileTls } from './compile-tls.ts'
import { inherit } from './inherit.ts'
import { compileRegex } from './regex.ts'
import type { ListenSettings, LocationSettings, ServerFields, ServerSettings, Virtual } from './settings.ts'

const defaultTypes: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html'],
  ['gif', 'image/gif'],
  ['jpg', 'image/jpeg'],
])

/** The listen of a server without one. */
const usualListen: Listen = { address: '*', port: 80 }

/** Compiles every server and gathers them by what they listen on. */
export function compileServers(http: Http, local: Local, context: CompileContext): ListenSettings[] {
  const servers = http.servers ?? []
  const keys = listKeys('servers', servers)
  const compiled = servers.map((server, index) =>
    compileServer(server, ['http', 'servers', keys[index] ?? ''], http, context),
  )
  return gather(servers, compiled, keys, local, context)
}

function compileServer(
  server: Server,
  path: readonly string[],
  http: Http,
  context: CompileContext,
): ServerSettings {
  const { problems, variables } = context
  context.named = new Map()
  const fields = inherit<ServerFields>(server, http)
  fields.serverName = server.serverName
  fields.listen = server.listen
  const buffers = fields.largeClientHeaderBuffers ?? { number: 4, size: 8192 }
  const firstName = (server.serverName ?? [''])[0] ?? ''
  const settings: ServerSettings = {
    fields,
    route: pathKey(path),
    label: serverLabel(server),
    firstName: firstName.startsWith('.') ? bytesOf(firstName.slice(1)) : bytesOf(firstName),
    root: undefined as unknown as LocationSettings, // set below: a level knows its server
    entry: [],
    internalEntry: [],
    named: context.named,
    headLimits: {
      lineLimit: buffers.size,
      totalLimit: buffers.number * buffers.size,
      firstBuffer: fields.clientHeaderBufferSize ?? 1024,
      ignoreInvalid: fields.ignoreInvalidHeaders ?? true,
      underscores: fields.underscoresInHeaders ?? false,
    },
    mergeSlashes: fields.mergeSlashes ?? true,
    clientHeaderTimeout: fields.clientHeaderTimeout ?? 60_000,
    clientHeaderBufferSize: fields.clientHeaderBufferSize ?? 1024,
    tls: compileTls(
      fields,
      (server.serverName ?? []).filter((name) => /^[A-Za-z0-9.-]+$/.test(name)),
      path,
      context,
    ),
    http2: {
      maxConcurrentStreams: fields.http2MaxConcurrentStreams ?? 128,
      prereadSize: fields.http2BodyPrereadSize ?? 65_536,
    },
  }
  const root = compileLevel(
    {
      own: { ...fields, rewrites: undefined, types: server.types, locations: server.locations },
      path,
      label: '',
      modifier: '',
      pattern: '',
      above: {},
      aboveTypes: httpTypes(http),
      noname: false,
    },
    settings,
    context,
  )
  const steps = server.rewrites ?? []
  const rewrite =
    steps.length === 0
      ? undefined
      : problems.try([...path, 'rewrites'], () => compileRewrites(steps, { variables }))
  Object.assign(settings, { root })
  const { entry, internal } = entryOf(settings, rewrite, context, path)
  settings.entry = entry
  settings.internalEntry = internal
  return settings
}

function httpTypes(http: Http): ReadonlyMap<string, string> {
  if (!http.types) return defaultTypes
  return new Map(
    Object.entries(http.types).flatMap(([type, endings]) =>
      endings.map((ending) => [ending.toLowerCase(), type] as const),
    ),
  )
}

interface Place {
  listen: Listen
  servers: { settings: ServerSettings; server: Server; isDefault: boolean; path: readonly string[] }[]
}

function gather(
  servers: readonly Server[],
  compiled: readonly ServerSettings[],
  keys: readonly string[],
  local: Local,
  context: CompileContext,
): ListenSettings[] {
  const places = new Map<string, Place>()
  servers.forEach((server, index) => {
    const settings = compiled[index]
    if (!settings) return
    for (const listen of (server.listen ?? [usualListen]).flatMap(listensOf)) {
      const key = placeKey(listen)
      const path = ['http', 'servers', keys[index] ?? '']
      const place = places.get(key)
      const entry = { settings, server, isDefault: listen.defaultServer === true, path }
      if (!place) places.set(key, { listen: { ...listen }, servers: [entry] })
      else {
        if (entry.isDefault && place.servers.some((other) => other.isDefault))
          context.problems.error(
            [...path, 'listen'],
            `a duplicate default server for ${key.replace(/^\*/, '0.0.0.0')}`,
            'take default_server off one of them',
          )
        else if (place.servers.some((other) => other.settings === settings))
          context.problems.error(
            [...path, 'listen'],
            `a duplicate listen ${key.replace(/^\*/, '0.0.0.0')}`,
            'take one of them out',
          )
        place.servers.push(entry)
        place.listen = {
          ...place.listen,
          ...Object.fromEntries(
            Object.entries(listen).filter(([name, value]) => value === true && name !== 'defaultServer'),
          ),
        }
      }
    }
  })
  const all = [...places.values()]
  return all.flatMap((place): ListenSettings[] => {
    // An IPv4 address of its own shares the socket of `*` on the same port.
    const wildcard = places.get(`*:${place.listen.port ?? ''}`)
    if (wildcard && wildcard !== place && isIpv4(place.listen.address)) return []
    const sharing = all.filter(
      (other) =>
        other !== place &&
        place.listen.address === '*' &&
        other.listen.port === place.listen.port &&
        isIpv4(other.listen.address),
    )
    return [listenSettings(place, sharing, local, context)]
  })
}

function placeKey(listen: Listen): string {
  if (listen.address.startsWith('unix:')) return listen.address
  const host =
    listen.address === '0.0.0.0' ? '*' : listen.address.includes(':') ? `[${listen.address}]` : listen.address
  return `${host}:${listen.port ?? 80}`
}

function isIpv4(address: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(address) && address !== '0.0.0.0'
}

function listenSettings(
  place: Place,
  sharing: readonly Place[],
  local: Local,
  context: CompileContext,
): ListenSettings {
  const { listen } = place
  const settings: Omit<ListenSettings, 'tls'> = {
    key: placeKey(listen),
    address: listen.address,
    port: listen.port,
    localPort: listen.port === undefined ? undefined : localPort(local, listen.port),
    localAddress: localAddress(listen.address, local.bind),
    ssl: listen.ssl === true || place.servers.some(({ settings }) => settings.fields.ssl === true),
    http2: listen.http2 === true,
    proxyProtocol: listen.proxyProtocol === true,
    backlog: listen.backlog,
    ipv6only: listen.ipv6only ?? true,
    soKeepalive: listen.soKeepalive !== undefined && listen.soKeepalive !== 'off',
    virtual: virtualOf(place, context),
    byAddress:
      sharing.length === 0
        ? undefined
        : new Map(sharing.map((other) => [other.listen.address, virtualOf(other, context)])),
  }
  return { ...settings, tls: tlsOf(settings, [place, ...sharing], context) }
}

function tlsOf(
  settings: Omit<ListenSettings, 'tls'>,
  places: readonly Place[],
  context: CompileContext,
): TlsContexts | undefined {
  if (!settings.ssl) return undefined
  const key = socketKey(settings)
  const previous = context.runningListens().find((listen) => socketKey(listen) === key)?.tls
  const servers = places.flatMap((place) => place.servers)
  return compileContexts(settings, servers, previous, context)
}

// On a laptop nothing needs to be reachable from outside: addresses that mean "everywhere" become loopback.
function localAddress(address: string, bind: string | null): string {
  if (address.startsWith('unix:') || bind === null) return address
  if (address === '*' || address === '0.0.0.0') return bind
  return address === '::' && bind === '127.0.0.1' ? '::1' : address
}

function virtualOf(place: Place, { problems, variables }: CompileContext): Virtual {
  const names = new ServerNames()
  for (const { settings, server, path } of place.servers) {
    for (const name of server.serverName ?? ['']) {
      if (name.startsWith('~')) {
        problems.try([...path, 'serverName'], () => {
          const { regex, names: groups } = compileRegex(name.slice(1), true)
          const slots = groups.map((group) => [group, variables.slotOf(group)] as const)
          names.addRegex(
            regex,
            settings,
            slots.length === 0
              ? undefined
              : (captures, values) =>
                  slots.forEach(([group, slot]) => void (values[slot] = captures.groups?.[group] ?? '')),
          )
        })
      } else if (!names.add(bytesOf(name), settings))
        problems.warn(
          [...path, 'serverName'],
          `conflicting server name "${name}" on ${placeKey(place.listen).replace(/^\*/, '0.0.0.0')}, ignored`,
          'give each server a name of its own',
        )
    }
  }
  const first = place.servers.find(({ isDefault }) => isDefault) ?? place.servers[0]
  if (!first) throw new Error('a listen without servers')
  return { default: first.settings, names, servers: place.servers.map(({ settings }) => settings) }
}
