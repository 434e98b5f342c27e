/** Locations, compiled: settings complete with what is inherited, and the tree they are found in. */
import { serverKey, locationKey, listKeys, pathKey } from '../../config/path.ts'
import type {
  IfBlock,
  LimitExcept,
  Location,
  LocationModifier,
  RewriteStep,
  Server,
} from '../../config/model.ts'
import { filtersOf } from '../filters.ts'
import { compileRewrites, locationRewrite } from '../modules/rewrite.ts'
import { contentOf } from '../modules/index.ts'
import { noLocations, type LocationTree, type RegexLocation } from '../match/location.ts'
import { handlersOf } from '../phases.ts'
import { proxyPass } from '../proxy/proxy.ts'
import type { ProxySettings } from '../proxy/settings.ts'
import { bytesOf, compileScript } from '../request/script.ts'
import type { CompileContext } from './compile-context.ts'
import { compileProxy } from './compile-proxy.ts'
import { inherit } from './inherit.ts'
import { keepaliveRefused } from './keepalive-disable.ts'
import { compileRegex } from './regex.ts'
import type { ErrorPageRule, LocationFields, LocationSettings, ServerSettings } from './settings.ts'

/** What a level is made from. */
export interface LevelSource {
  readonly own: LocationFields & {
    rewrites?: RewriteStep[] | undefined
    limitExcept?: LimitExcept | undefined
    types?: Record<string, string[]> | undefined
    locations?: Location[] | undefined
  }
  readonly path: readonly string[]
  readonly label: string
  readonly modifier: LocationModifier
  readonly pattern: string
  readonly above: LocationFields
  readonly aboveTypes: ReadonlyMap<string, string>
  /** What `alias` above stands for, where it is inherited. */
  readonly aboveAlias?: LocationSettings['alias']
  readonly noname: boolean
  /** A `limit_except`: what serves its location is not inherited, except for proxying. */
  readonly limitExcept?: boolean
  /** For an `if`: the location it stands in. */
  readonly outer?: { readonly settings: LocationSettings; readonly proxy: ProxySettings | undefined }
}

/** Compiles a location (or a server's own level, or an `if`) with everything inside it. */
export function compileLevel(
  source: LevelSource,
  server: ServerSettings,
  context: CompileContext,
): LocationSettings {
  const { problems, variables } = context
  const { path } = source
  const fields = inherit<LocationFields>(source.own, source.above)
  const types = typesOf(source)
  const regex = source.modifier === '~' || source.modifier === '~*'
  const pattern = regex ? source.pattern : bytesOf(source.pattern)
  const script = (field: string, text: string | undefined): ReturnType<typeof compileScript> | undefined =>
    text === undefined ? undefined : problems.try([...path, field], () => compileScript(text, variables))
  const settings: LocationSettings = {
    server,
    fields,
    route: pathKey(source.outer ? source.outer.settings.route.split('\u001f') : path),
    label: source.label,
    modifier: source.modifier,
    pattern,
    regex,
    noname: source.noname,
    autoRedirect: !regex && pattern.endsWith('/') && source.own.proxyPass !== undefined,
    tree: noLocations,
    handlers: [],
    limitExcept: undefined,
    afterRewrite: [],
    content: undefined,
    proxy: undefined,
    headerFilters: [],
    includedFilters: [],
    ...problems.try([...path, 'addHeader'], () => filtersOf(fields, context)),
    internal: fields.internal === true,
    root: rootOf(fields, context, path),
    alias: aliasOf(source, fields, pattern, regex),
    clientMaxBodySize: fields.clientMaxBodySize ?? 1_048_576,
    clientBodyBufferSize: fields.clientBodyBufferSize ?? 16_384,
    clientBodyTimeout: fields.clientBodyTimeout ?? 60_000,
    keepalive: {
      timeout: fields.keepaliveTimeout?.timeout ?? 75_000,
      headerTimeout: fields.keepaliveTimeout?.headerTimeout,
      requests: fields.keepaliveRequests ?? 1000,
      time: fields.keepaliveTime ?? 3_600_000,
      refused: keepaliveRefused(fields.keepaliveDisable ?? ['msie6']),
    },
    sendTimeout: fields.sendTimeout ?? 60_000,
    lingering: {
      when: fields.lingeringClose ?? 'on',
      time: fields.lingeringTime ?? 30_000,
      timeout: fields.lingeringTimeout ?? 5_000,
    },
    resetTimedout: fields.resetTimedoutConnection ?? false,
    tcpNodelay: fields.tcpNodelay ?? true,
    chunked: fields.chunkedTransferEncoding ?? true,
    errorPages: problems.try([...path, 'errorPage'], () => errorPagesOf(fields, context)),
    recursiveErrorPages: fields.recursiveErrorPages ?? false,
    serverTokens: fields.serverTokens === 'off' ? 'off' : fields.serverTokens === 'build' ? 'build' : 'on',
    absoluteRedirect: fields.absoluteRedirect ?? true,
    serverNameInRedirect: fields.serverNameInRedirect ?? false,
    portInRedirect: fields.portInRedirect ?? true,
    defaultType: fields.defaultType ?? 'text/plain',
    types,
    etag: fields.etag ?? true,
    limitRate: script('limitRate', fields.limitRate),
    limitRateAfter: script('limitRateAfter', fields.limitRateAfter),
    logs: context.logs.access(fields, [...path, 'accessLog']),
    errorLogs: context.logs.error(fields, [...path, 'errorLog']),
  }
  compileContent(settings, source, fields, context)
  Object.assign(settings, { tree: compileTree(source, settings, server, context) })
  compileHandlers(settings, source, context)
  const limitExcept = limitExceptOf(settings, source, context)
  if (limitExcept) Object.assign(settings, { limitExcept })
  return settings
}

function compileContent(
  settings: LocationSettings,
  source: LevelSource,
  fields: LocationFields,
  context: CompileContext,
): void {
  const { problems, variables } = context
  const url = source.own.proxyPass
  if (url !== undefined && forbidsUri(source) && hasUri(url))
    problems.error(
      [...source.path, 'proxyPass'],
      '"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, or inside "if" statement, or inside "limit_except" block',
      'leave the path out, or put a rewrite in front',
    )
  if (url !== undefined) {
    settings.proxy = problems.try([...source.path, 'proxyPass'], () =>
      compileProxy(url, fields, {
        variables,
        confPrefix: context.confPrefix,
        group: (name, port, ssl) =>
          context.group(name, port, ssl, url.includes('$'), [...source.path, 'proxyPass']),
        pattern: source.outer?.settings.pattern ?? settings.pattern,
        regexLocation: source.outer
          ? source.outer.settings.regex
          : settings.regex || settings.modifier === '@',
        caches: context.caches,
        resolverOf: context.resolverOf,
      }),
    )
    if (settings.proxy) settings.content = proxyPass(settings.proxy)
  } else if (source.outer) {
    // An `if` without a proxy_pass of its own goes where its location goes.
    settings.proxy = source.outer.proxy
    if (!source.limitExcept) settings.content = source.outer.settings.content
    const outerUrl = source.outer.settings.fields.proxyPass
    if (source.outer.proxy && outerUrl !== undefined) {
      settings.proxy = problems.try(source.path, () =>
        compileProxy(outerUrl, fields, {
          variables,
          confPrefix: context.confPrefix,
          group: (name, port, ssl) => context.group(name, port, ssl, outerUrl.includes('$'), source.path),
          pattern: source.outer?.settings.pattern ?? '',
          regexLocation: source.outer?.settings.regex ?? false,
          caches: context.caches,
          resolverOf: context.resolverOf,
        }),
      )
      if (settings.proxy) settings.content = proxyPass(settings.proxy)
    }
  }
  settings.content ??= contentOf(settings, context)
}

function forbidsUri(source: LevelSource): boolean {
  return source.noname || source.modifier === '@' || source.modifier === '~' || source.modifier === '~*'
}

function hasUri(url: string): boolean {
  return !url.includes('$') && /^https?:\/\/[^/?]+[/?]/i.test(url) && !/^https?:\/\/unix:[^:]*$/i.test(url)
}

function compileHandlers(settings: LocationSettings, source: LevelSource, context: CompileContext): void {
  settings.afterRewrite = handlersOf(settings, context, source.path)
  const steps = source.noname || source.path.length <= 3 ? undefined : source.own.rewrites
  settings.handlers = settings.afterRewrite
  if (!steps || steps.length === 0) return
  const rewrite = context.problems.try([...source.path, 'rewrites'], () =>
    compileRewrites(steps, {
      variables: context.variables,
      nest: (block: IfBlock) =>
        compileLevel(
          {
            own: block,
            path: [...source.path, 'rewrites', 'if'],
            label: source.label,
            modifier: '',
            pattern: '',
            above: settings.fields,
            aboveTypes: settings.types,
            aboveAlias: settings.alias,
            noname: true,
            outer: { settings, proxy: settings.proxy },
          },
          settings.server,
          context,
        ),
    }),
  )
  if (rewrite) settings.handlers = [locationRewrite(rewrite)]
}

// Its block is a level of its own inside the location; a location's rewrites are not among what it inherits
// (ngx_http_core_limit_except, ngx_http_rewrite_merge_loc_conf).
function limitExceptOf(
  settings: LocationSettings,
  source: LevelSource,
  context: CompileContext,
): LocationSettings['limitExcept'] {
  const block = source.own.limitExcept
  if (!block) return undefined
  const methods = new Set(block.methods.map((method) => method.toUpperCase()))
  if (methods.has('GET')) methods.add('HEAD')
  return {
    methods,
    settings: compileLevel(
      {
        own: block,
        path: [...source.path, 'limitExcept'],
        label: source.label,
        modifier: '',
        pattern: '',
        above: settings.fields,
        aboveTypes: settings.types,
        noname: true,
        limitExcept: true,
        outer: { settings, proxy: settings.proxy },
      },
      settings.server,
      context,
    ),
  }
}

function compileTree(
  source: LevelSource,
  settings: LocationSettings,
  server: ServerSettings,
  context: CompileContext,
): LocationTree {
  const locations = source.own.locations ?? []
  if (locations.length === 0) return noLocations
  const keys = listKeys('locations', locations)
  const exact = new Map<string, LocationSettings>()
  const prefixes = new Map<string, LocationSettings>()
  const regexes: RegexLocation[] = []
  locations.forEach((location, index) => {
    const path = [...source.path, 'locations', keys[index] ?? '']
    const { problems, variables } = context
    const compiled = compileLevel(
      {
        own: location,
        path,
        label: locationKey(location),
        modifier: location.modifier,
        pattern: location.pattern,
        above: settings.fields,
        aboveTypes: settings.types,
        aboveAlias: settings.alias,
        noname: false,
      },
      server,
      context,
    )
    if (location.modifier === '@') context.named.set(location.pattern, compiled)
    else if (compiled.regex) {
      problems.try(path, () => {
        const { regex, names } = compileRegex(location.pattern, location.modifier === '~*')
        const assigns = names.map((name) => [name, variables.slotOf(name)] as const)
        regexes.push({
          regex,
          assign:
            assigns.length === 0
              ? undefined
              : (captures, slots) =>
                  assigns.forEach(([name, slot]) => void (slots[slot] = captures.groups?.[name] ?? '')),
          location: compiled,
        })
      })
    } else {
      const into = location.modifier === '=' ? exact : prefixes
      if (into.has(compiled.pattern))
        problems.error(path, `duplicate location "${location.pattern}"`, 'keep one of them')
      else into.set(compiled.pattern, compiled)
    }
  })
  const lengths = [...new Set([...prefixes.keys(), ...exact.keys()].map((key) => key.length))].sort(
    (a, b) => b - a,
  )
  return { exact, prefixes, lengths, regexes }
}

function typesOf({ own, aboveTypes }: LevelSource): ReadonlyMap<string, string> {
  if (!own.types) return aboveTypes
  const types = new Map<string, string>()
  for (const [type, endings] of Object.entries(own.types))
    for (const ending of endings) types.set(ending.toLowerCase(), type)
  return types
}

function aliasOf(
  source: LevelSource,
  fields: LocationFields,
  pattern: string,
  regex: boolean,
): LocationSettings['alias'] {
  if (fields.alias === undefined) return undefined
  if (source.own.alias === undefined) return source.aboveAlias
  return regex ? 'captures' : pattern.length
}

function rootOf(
  fields: LocationFields,
  { prefix, problems, variables }: CompileContext,
  path: readonly string[],
): LocationSettings['root'] {
  const written = fields.alias ?? fields.root ?? 'html'
  const text = fields.alias === undefined ? written.replace(/\/$/, '') : written
  const script = problems.try([...path, fields.alias === undefined ? 'root' : 'alias'], () =>
    compileScript(text, variables),
  )
  if (!script) return () => ''
  const start = bytesOf(prefix)
  if (script.constant !== undefined) {
    const fixed = written.startsWith('/') ? script.constant : start + script.constant
    return () => fixed
  }
  return (x) => {
    const value = script(x)
    return value.startsWith('/') ? value : start + value
  }
}

function errorPagesOf(
  fields: LocationFields,
  { variables }: CompileContext,
): ReadonlyMap<number, ErrorPageRule> | undefined {
  if (!fields.errorPage) return undefined
  const rules = new Map<number, ErrorPageRule>()
  for (const page of fields.errorPage) {
    const rule: ErrorPageRule = { response: page.response, uri: compileScript(page.uri, variables) }
    for (const code of page.codes) if (!rules.has(code)) rules.set(code, rule)
  }
  return rules
}

/** What a server is called in rows and logs. */
export function serverLabel(server: Server): string {
  return server.serverName?.[0] ?? serverKey(server)
}
