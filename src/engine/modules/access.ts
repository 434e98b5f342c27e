/** ngx_http_access_module: https://nginx.org/en/docs/http/ngx_http_access_module.html */
import { inNetwork, parseNetwork } from '../../base/ip-address.ts'
import type { AccessRule } from '../../config/directives/modules.ts'
import { clientBytes, type ClientBytes } from '../request/client-address.ts'
import { logError } from '../request/error-log.ts'
import type { Module } from './module.ts'

interface Rule {
  readonly allow: boolean
  fits(address: ClientBytes): boolean
}

/** `allow` and `deny`: the first rule that fits the client's address decides. */
export const access: Module = {
  name: 'access',
  handler({ fields }) {
    const rules = fields.access?.map(compileRule)
    if (!rules) return undefined
    const quiet = fields.satisfy === 'any'
    return [
      (x) => {
        const address = clientBytes(x)
        const rule = rules.find(({ fits }) => fits(address))
        if (!rule) return 'declined'
        if (rule.allow) return 'ok'
        // With satisfy any the phase says it, when nobody else has allowed.
        if (!quiet) logError(x, 'error', 'access forbidden by rule')
        return 403
      },
    ]
  },
}

function compileRule({ directive, from }: AccessRule): Rule {
  const allow = directive === 'allow'
  if (from === 'all') return { allow, fits: () => true }
  if (from === 'unix:') return { allow, fits: (address) => address === 'unix:' }
  const network = parseNetwork(from)?.network
  // The syntax lets only networks through.
  if (!network) throw new Error(`invalid parameter "${from}"`)
  return { allow, fits: (address) => address !== 'unix:' && inNetwork(network, address) }
}
