/** Whether a request may be answered compressed (ngx_http_gzip_ok); asked by gzip, gunzip and gzip_static. */
import { acceptsGzip } from '../../http/accept-encoding.ts'
import { parseHttpDate } from '../../http/dates.ts'
import { compileRegex } from '../cycle/regex.ts'
import type { LocationFields } from '../cycle/settings.ts'
import { firstValue } from '../wire/fields.ts'
import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** Compiles the settings; the answer's fields decide for requests of proxies. Asked once an exchange. */
export function compileGzipOk(fields: LocationFields): (x: Exchange, answer: Answer | undefined) => boolean {
  const least = fields.gzipHttpVersion === '1.0' ? 10 : 11
  const proxied = new Set<string>(fields.gzipProxied ?? ['off'])
  const disabled = (fields.gzipDisable ?? []).filter((agent) => agent !== 'msie6')
  const patterns = disabled.map((agent) => compileRegex(agent, true).regex)
  const oldMsie = (fields.gzipDisable ?? []).includes('msie6')
  const decide = (x: Exchange, answer: Answer | undefined): boolean => {
    const { fields: asked, version } = x.head
    const accepted = firstValue(asked, 'accept-encoding')
    if (x.parent || accepted === undefined || !acceptsGzip(accepted) || version < least) return false
    const agent = firstValue(asked, 'user-agent') ?? ''
    if (oldMsie && isOldMsie(agent)) return false
    if (asked.names.includes('via') && !allowedForProxies(x, answer, proxied)) return false
    return !patterns.some((pattern) => pattern.test(agent))
  }
  return (x, answer) => (x.gzipOk ??= decide(x, answer))
}

// MSIE 4 to 6 without the second service pack of Windows XP (ngx_http_process_user_agent).
function isOldMsie(agent: string): boolean {
  const found = /MSIE ([456])\..(.*)/s.exec(agent)
  return found !== null && !(found[1] === '6' && (found[2] ?? '').includes('SV1'))
}

function allowedForProxies(x: Exchange, answer: Answer | undefined, proxied: ReadonlySet<string>): boolean {
  if (proxied.has('off')) return false
  if (proxied.has('any')) return true
  if (proxied.has('auth') && x.head.fields.names.includes('authorization')) return true
  const expires = answer?.get('expires')
  if (expires !== undefined) {
    const at = parseHttpDate(expires)
    const date = answer?.get('date')
    const now = date === undefined ? x.cycle.clock.now() : parseHttpDate(date)
    return proxied.has('expired') && at !== undefined && now !== undefined && at < now
  }
  const cacheControl = answer?.all('cache-control') ?? []
  if (cacheControl.length > 0)
    return ['no-cache', 'no-store', 'private'].some(
      (word) =>
        proxied.has(word) && new RegExp(`(?:^|[,; ])${word} *(?:[,;=]|$)`, 'i').test(cacheControl.join()),
    )
  if (proxied.has('no_last_modified') && answer?.get('last-modified') !== undefined) return false
  return !(proxied.has('no_etag') && answer?.etag !== undefined)
}
