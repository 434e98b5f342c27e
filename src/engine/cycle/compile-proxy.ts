/** `proxy_*` of one location, compiled (ngx_http_proxy_merge_loc_conf). */
import { readFileSync } from 'node:fs'
import type { Redirect } from '../../config/directives/proxy.ts'
import { cookieRewrites } from '../proxy/cookies.ts'
import {
  parseProxyUrl,
  shownHost,
  type ProxySettings,
  type ProxyTarget,
  type RedirectRewrite,
  type UpstreamTls,
} from '../proxy/settings.ts'
import { compileScript } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { UpstreamGroup } from '../upstream/group.ts'
import type { NameResolver } from '../upstream/resolver.ts'
import { compileCache, type Caches } from './compile-cache.ts'
import { compileRegex } from './regex.ts'
import { defaultFields, sentFields } from './sent-fields.ts'
import type { LocationFields } from './settings.ts'

/** What compiling a proxied location needs. */
export interface ProxyContext {
  readonly variables: VariableTable
  readonly confPrefix: string
  /** The group of an upstream's name, or of `host:port`. Undefined: only known while running. */
  group(name: string, port: number | undefined, ssl: boolean): UpstreamGroup | undefined
  /** The location's prefix, and what nginx calls it in default redirects. */
  readonly pattern: string
  readonly regexLocation: boolean
  readonly caches: Caches
  resolverOf(words: readonly string[]): NameResolver
}

const hiddenByDefault = [
  'date',
  'server',
  'x-pad',
  'x-accel-expires',
  'x-accel-redirect',
  'x-accel-limit-rate',
  'x-accel-buffering',
  'x-accel-charset',
]

/** Compiles; throws ScriptError, RegexError and ProxyUrlError. */
export function compileProxy(url: string, fields: LocationFields, context: ProxyContext): ProxySettings {
  const { variables } = context
  const variable = url.includes('$')
  const hidden = new Set([
    ...hiddenByDefault,
    ...(fields.proxyHideHeader ?? []).map((name) => name.toLowerCase()),
  ])
  for (const name of fields.proxyPassHeader ?? []) hidden.delete(name.toLowerCase())
  const locationLength = context.regexLocation ? 0 : context.pattern.length
  const buffers = fields.proxyBuffers ?? { number: 8, size: 4096 }
  const bind = fields.proxyBind?.[0]
  return {
    target: variable ? variableTarget(url, context) : fixedTarget(url, context),
    variable,
    locationLength,
    http11: fields.proxyHttpVersion === '1.1',
    method: fields.proxyMethod === undefined ? undefined : compileScript(fields.proxyMethod, variables),
    setBody: fields.proxySetBody === undefined ? undefined : compileScript(fields.proxySetBody, variables),
    ...sentFields(fields, defaultFields, variables),
    passFields: fields.proxyPassRequestHeaders ?? true,
    passBody: fields.proxyPassRequestBody ?? true,
    hidden,
    ignored: new Set((fields.proxyIgnoreHeaders ?? []).map((name) => name.toLowerCase())),
    redirects: redirectRewrites(fields.proxyRedirect ?? ['default'], url, variable, context),
    cookies: cookieRewrites(fields, variables),
    connectTimeout: fields.proxyConnectTimeout ?? 60_000,
    sendTimeout: fields.proxySendTimeout ?? 60_000,
    readTimeout: fields.proxyReadTimeout ?? 60_000,
    buffering: fields.proxyBuffering ?? true,
    bufferSize: fields.proxyBufferSize ?? 4096,
    buffersSize: buffers.number * buffers.size,
    maxTempFileSize: fields.proxyMaxTempFileSize ?? 1024 ** 3,
    requestBuffering: fields.proxyRequestBuffering ?? true,
    interceptErrors: fields.proxyInterceptErrors ?? false,
    ignoreClientAbort: fields.proxyIgnoreClientAbort ?? false,
    forceRanges: fields.proxyForceRanges ?? false,
    limitRate: fields.proxyLimitRate ?? 0,
    nextUpstream: new Set(fields.proxyNextUpstream ?? ['error', 'timeout']),
    nextTries: fields.proxyNextUpstreamTries ?? 0,
    nextTimeout: fields.proxyNextUpstreamTimeout ?? 0,
    localAddress: bind === undefined ? undefined : compileScript(bind, variables),
    socketKeepalive: fields.proxySocketKeepalive ?? false,
    tls: upstreamTls(fields, context),
    cache: compileCache(fields, { variables, caches: context.caches, variable, locationLength }),
    resolver: fields.resolver && context.resolverOf(fields.resolver),
    resolverTimeout: fields.resolverTimeout ?? 30_000,
  }
}

function fixedTarget(url: string, { group }: ProxyContext): ProxySettings['target'] {
  const parsed = parseProxyUrl(url)
  const { host, port } = shownHost(parsed)
  const target: ProxyTarget = {
    ssl: parsed.ssl,
    host,
    port,
    uri: parsed.uri,
    name: parsed.host,
    portNumber: parsed.port ?? (parsed.ssl ? 443 : 80),
    group: group(parsed.host, parsed.port, parsed.ssl),
  }
  return () => target
}

function variableTarget(url: string, { variables, group }: ProxyContext): ProxySettings['target'] {
  const script = compileScript(url, variables)
  return (x) =>
    x.keep(`proxy-target ${url}`, () => {
      const parsed = parseProxyUrl(script(x))
      const { host, port } = shownHost(parsed)
      return {
        ssl: parsed.ssl,
        host,
        port,
        uri: parsed.uri,
        name: parsed.host,
        portNumber: parsed.port ?? (parsed.ssl ? 443 : 80),
        group: group(parsed.host, parsed.port, parsed.ssl),
      }
    })
}

function redirectRewrites(
  lines: readonly Redirect[],
  url: string,
  variable: boolean,
  context: ProxyContext,
): RedirectRewrite[] {
  return lines.flatMap((line): RedirectRewrite[] => {
    if (line === 'off') return []
    if (line === 'default') {
      // nginx has no default where it cannot know the URL or the location's prefix.
      if (variable || context.regexLocation) return []
      const { uri } = parseProxyUrl(url)
      return [
        prefixRewrite(
          () => (uri === '' ? `${url}/` : url),
          () => (uri === '' ? '/' : context.pattern),
        ),
      ]
    }
    if (line.from.startsWith('~')) {
      const ignoreCase = line.from.startsWith('~*')
      const { regex, names } = compileRegex(line.from.slice(ignoreCase ? 2 : 1), ignoreCase)
      const assigns = names.map((name) => [name, context.variables.assign(name)] as const)
      const to = compileScript(line.to, context.variables)
      return [
        (x, value, offset) => {
          const captures = regex.exec(value.slice(offset))
          if (!captures) return undefined
          x.captures = captures
          for (const [name, assign] of assigns) assign(x, captures.groups?.[name] ?? '')
          return value.slice(0, offset) + to(x)
        },
      ]
    }
    return [
      prefixRewrite(compileScript(line.from, context.variables), compileScript(line.to, context.variables)),
    ]
  })
}

function prefixRewrite(
  from: (x: Parameters<RedirectRewrite>[0]) => string,
  to: (x: Parameters<RedirectRewrite>[0]) => string,
): RedirectRewrite {
  return (x, value, offset) => {
    const prefix = from(x)
    return value.startsWith(prefix, offset)
      ? value.slice(0, offset) + to(x) + value.slice(offset + prefix.length)
      : undefined
  }
}

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const

function upstreamTls(fields: LocationFields, { variables, confPrefix }: ProxyContext): UpstreamTls {
  const read = (path: string): Buffer => readFileSync(path.startsWith('/') ? path : confPrefix + path)
  const wanted = fields.proxySslProtocols ?? ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']
  const used = versions.filter((version) => wanted.includes(version))
  const own = fields.proxySslCertificate
  const key = fields.proxySslCertificateKey
  const options = {
    minVersion: used[0] ?? 'TLSv1.2',
    maxVersion: used.at(-1) ?? 'TLSv1.3',
    ...(fields.proxySslCiphers !== undefined && { ciphers: fields.proxySslCiphers }),
    ...(fields.proxySslTrustedCertificate !== undefined && { ca: read(fields.proxySslTrustedCertificate) }),
    ...(fields.proxySslCrl !== undefined && { crl: read(fields.proxySslCrl) }),
    ...(own !== undefined && own !== '' && { cert: read(own) }),
    ...(key !== undefined && key !== '' && { key: read(key) }),
    ...(fields.proxySslPasswordFile !== undefined && {
      passphrase: read(fields.proxySslPasswordFile).toString('utf8').split('\n')[0] ?? '',
    }),
  }
  return {
    options,
    name: compileScript(fields.proxySslName ?? '$proxy_host', variables),
    serverName: fields.proxySslServerName ?? false,
    verify: fields.proxySslVerify ?? false,
    verifyDepth: fields.proxySslVerifyDepth ?? 1,
    sessionReuse: fields.proxySslSessionReuse ?? true,
    kind: `tls ${JSON.stringify([wanted, fields.proxySslCiphers, fields.proxySslTrustedCertificate, own, fields.proxySslName, fields.proxySslServerName, fields.proxySslVerify])}`,
  }
}
