/** Targets of proxy_pass, as ngx_http_proxy_pass and ngx_http_upstream_add check them. */
import type { Problem } from '../../base/problem.ts'
import type { Config } from '../model.ts'
import type { ConfigPath } from '../path.ts'
import { parseProxyUrl, parseUpstreamAddress } from '../upstream-address.ts'
import { blocksOf, type BlockAt } from '../walk.ts'
import { mistake, warning } from './problems.ts'

export function checkProxyPass(config: Config): Problem[] {
  const upstreams = new Set(config.http?.upstreams?.map(({ name }) => name.toLowerCase()))
  return blocksOf(config).flatMap((at) => {
    if (at.kind !== 'location' && at.kind !== 'if' && at.kind !== 'limit_except') return []
    const { proxyPass } = at.block as { proxyPass?: string }
    // With variables everything is known only when a request is there.
    if (proxyPass === undefined || proxyPass.includes('$')) return []
    return checkTarget(proxyPass, at, [...at.path, 'proxyPass'], upstreams)
  })
}

function checkTarget(url: string, at: BlockAt, path: ConfigPath, upstreams: ReadonlySet<string>): Problem[] {
  const target = parseProxyUrl(url)
  if (!target)
    return [
      mistake(
        'proxy-pass-prefix',
        path,
        'invalid URL prefix',
        `begin it with http:// or https://: http://${url}`,
      ),
    ]
  const { authority, uri } = target
  const address = parseUpstreamAddress(authority)
  if ('invalid' in address)
    return [
      mistake(
        'proxy-pass-host',
        path,
        `${address.invalid} in upstream "${authority}${authority === '' ? (uri ?? '') : ''}"`,
        'write host:port or the name of an upstream behind the two slashes',
      ),
    ]
  const problems: Problem[] = []
  if (uri !== undefined && !mayHaveUri(at))
    problems.push(
      mistake(
        'proxy-pass-uri',
        path,
        '"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, or inside "if" statement, or inside "limit_except" block',
        `there is no prefix it could take the place of: leave out "${uri}", or rewrite the URI before`,
      ),
    )
  const { host, port } = address
  if (!upstreams.has(host.toLowerCase())) {
    if (looksLikeUpstream(host, port))
      problems.push(
        warning(
          'unknown-upstream',
          path,
          `"${host}" in proxy_pass is the name of no upstream, so it is looked up as a host`,
          'add the upstream, correct the name, or say which host it is on this machine',
        ),
      )
  } else if (port !== undefined)
    problems.push(
      mistake(
        'upstream-port',
        path,
        `upstream "${host}" may not have port ${port}`,
        `the ports are in the upstream: leave out ":${port}"`,
      ),
    )
  return problems
}

/** Only in a location with a prefix there is something the URI can take the place of. */
function mayHaveUri(at: BlockAt): boolean {
  return at.kind === 'location' && !['~', '~*', '@'].includes(at.block.modifier)
}

function looksLikeUpstream(host: string, port: number | undefined): boolean {
  return port === undefined && /^[a-z_][\w-]*$/i.test(host) && host.toLowerCase() !== 'localhost'
}
