/** ngx_http_access_module: https://nginx.org/en/docs/http/ngx_http_access_module.html */
import { inNetwork, parseNetwork } from '../../base/ip-address.ts'
import type { Problems } from '../cycle/compile-error.ts'
import type { AccessRule } from '../../config/directives/modules.ts'
import { clientAddress, clientBytes, type ClientBytes } from '../request/client-address.ts'
import { logError } from '../request/error-log.ts'
import type { Module } from './module.ts'

interface Rule {
  readonly allow: boolean
  readonly written: string
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
        x.trial?.tell({
          step: 'access',
          address: clientAddress(x),
          ...(rule && { rule: rule.written }),
          allowed: rule?.allow ?? true,
        })
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
  const written = `${directive} ${from}`
  if (from === 'all') return { allow, written, fits: () => true }
  if (from === 'unix:') return { allow, written, fits: (address) => address === 'unix:' }
  const parsed = parseNetwork(from)
  // The syntax lets only networks through.
  if (!parsed) throw new Error(`invalid parameter "${from}"`)
  if (parsed.lowBits)
    problems.warn(
      [...path, 'access'],
      `low address bits of ${from} are meaningless`,
      'write the network itself',
    )
  return { allow, written, fits: (address) => address !== 'unix:' && inNetwork(parsed.network, address) }
}
