/** ngx_http_access_module: https://nginx.org/en/docs/http/ngx_http_access_module.html */
import { inNetwork, parseNetwork } from '../../base/ip-address.ts'
import type { Problems } from '../cycle/compile-error.ts'
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
  handler({ fields }, context, path) {
    const lines = fields.access
    if (!lines) return undefined
    const rules = context.once(lines, () => lines.map((line) => compileRule(line, context.problems, path)))
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

function compileRule({ directive, from }: AccessRule, problems: Problems, path: readonly string[]): Rule {
  const allow = directive === 'allow'
  if (from === 'all') return { allow, fits: () => true }
  if (from === 'unix:') return { allow, fits: (address) => address === 'unix:' }
  const parsed = parseNetwork(from)
  // The syntax lets only networks through.
  if (!parsed) throw new Error(`invalid parameter "${from}"`)
  if (parsed.lowBits)
    problems.warn(
      [...path, 'access'],
      `low address bits of ${from} are meaningless`,
      'write the network itself',
    )
  return { allow, fits: (address) => address !== 'unix:' && inNetwork(parsed.network, address) }
}
