/** ngx_http_realip_module: https://nginx.org/en/docs/http/ngx_http_realip_module.html */
import { parseIpAddress, parseNetwork, unmapped, type Network } from '../../base/ip-address.ts'
import type { CompileContext } from '../cycle/compile-context.ts'
import { addressOrUnix } from '../request/client-address.ts'
import type { Exchange, Handler } from '../request/exchange.ts'
import { forwardedAddress, type Trusted } from '../request/forwarded-address.ts'
import { fieldValue } from '../wire/fields.ts'
import type { Module } from './module.ts'

/** `set_real_ip_from`: the client's address is the one a believed proxy tells. */
export const realIp: Module = {
  name: 'real-ip',
  handler({ fields }, context, path) {
    const { setRealIpFrom, realIpHeader = 'X-Real-IP', realIpRecursive = false } = fields
    if (!setRealIpFrom) return undefined
    const trusted = trustedOf(setRealIpFrom, context, [...path, 'setRealIpFrom'])
    return [handlerOf(trusted, realIpHeader, realIpRecursive)]
  },
}

function handlerOf(trusted: Trusted, header: string, recursive: boolean): Handler {
  const values = valuesOf(header)
  const fromProxy = header === 'proxy_protocol'
  return (x) => {
    // Found once, it stands for the whole of the request.
    if (x.realAddress !== undefined) return 'declined'
    const told = values(x)
    if (told.length === 0) return 'declined'
    const found = forwardedAddress(addressOrUnix(x.address.remoteAddress), told, trusted, recursive)
    if (found) {
      x.realAddress = found.address
      x.realPort = fromProxy ? (x.address.proxyProtocol?.port ?? 0) : found.port
      x.trial?.tell({ step: 'real-ip', from: x.address.remoteAddress, to: found.address })
    }
    return 'declined'
  }
}

// Of X-Forwarded-For all fields count, of others the first.
function valuesOf(header: string): (x: Exchange) => readonly string[] {
  if (header === 'proxy_protocol')
    return ({ address: { proxyProtocol } }) => (proxyProtocol ? [proxyProtocol.address] : [])
  const name = header.toLowerCase()
  const all = header === 'X-Forwarded-For'
  return ({ head: { fields } }) => {
    const values: string[] = []
    for (let i = fields.names.indexOf(name); i >= 0; i = fields.names.indexOf(name, i + 1)) {
      values.push(fieldValue(fields, i))
      if (!all) break
    }
    return values
  }
}

function trustedOf(from: readonly string[], context: CompileContext, path: readonly string[]): Trusted {
  return context.once(from, () => ({
    unix: from.includes('unix:'),
    networks: from.filter((text) => text !== 'unix:').flatMap((text) => networksOf(text, context, path)),
  }))
}

function networksOf(text: string, context: CompileContext, path: readonly string[]): Network[] {
  const parsed = parseNetwork(text)
  if (parsed?.lowBits)
    context.problems.warn(path, `low address bits of ${text} are meaningless`, 'write the network itself')
  if (parsed) return [parsed.network]
  const found = context.addressesOf(text)
  if (found.length === 0)
    context.problems.error(
      path,
      `host not found in set_real_ip_from "${text}"`,
      'write an address, or a name that this machine knows',
    )
  return found.flatMap((address) => {
    const bytes = parseIpAddress(address)
    return bytes ? [{ address: unmapped(bytes), bits: 8 * unmapped(bytes).length }] : []
  })
}
