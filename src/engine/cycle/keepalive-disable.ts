/** `keepalive_disable`: old browsers that cannot (ngx_http_update_location_config, ngx_http_process_user_agent). */
import type { Exchange } from '../request/exchange.ts'
import { firstValue } from '../wire/fields.ts'

/** Whether a request's browser gets no keepalive; MSIE 6 only where it posts. */
export function keepaliveRefused(
  browsers: readonly ('none' | 'msie6' | 'safari')[],
): (x: Exchange) => boolean {
  const msie6 = browsers.includes('msie6')
  const safari = browsers.includes('safari')
  return (x) => {
    if (!safari && !(msie6 && x.method === 'POST')) return false
    const agent = firstValue(x.head.fields, 'user-agent')
    if (agent === undefined || agent.includes('Opera')) return false
    if (/MSIE .../.test(agent)) return msie6 && x.method === 'POST' && isMsie6(agent)
    return (
      safari && !/Gecko\/|Chrome\//.test(agent) && agent.includes('Safari/') && agent.includes('Mac OS X')
    )
  }
}

function isMsie6(agent: string): boolean {
  const version = /MSIE (\d)\./.exec(agent)?.[1]
  return version === '4' || version === '5' || (version === '6' && !agent.includes('SV1'))
}
