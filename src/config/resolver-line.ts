/** The arguments of `resolver`: https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver */
import { parseDuration } from '../base/units.ts'
import { Invalid, type Syntax } from './directive.ts'
import { texts } from './syntaxes.ts'

/** What a `resolver` line says. */
export interface ResolverLine {
  /** Addresses or names, without brackets; port 53 where none is written. */
  readonly servers: readonly { readonly host: string; readonly port: number }[]
  /** Milliseconds; in place of what the name server says. */
  readonly valid: number | undefined
  readonly ipv4: boolean
  readonly ipv6: boolean
}

/** Reads them (ngx_resolver_create; `ipv4` is of 1.23.1). */
export function parseResolver(words: readonly string[]): ResolverLine | Invalid {
  const servers: { host: string; port: number }[] = []
  const families = { ipv4: true, ipv6: true }
  let valid: number | undefined
  for (const word of words) {
    const [, name, value = ''] = /^(valid|ipv4|ipv6)=(.*)$/s.exec(word) ?? []
    if (name === undefined) {
      const server = parseServer(word)
      if (server instanceof Invalid) return server
      servers.push(server)
    } else if (name === 'valid') {
      valid = parseDuration(value)
      if (valid === undefined)
        return new Invalid(`invalid parameter: ${word}`, 'write a time such as valid=30s')
    } else {
      if (value !== 'on' && value !== 'off')
        return new Invalid(`invalid parameter: ${word}`, `write ${name}=on or ${name}=off`)
      families[name === 'ipv4' ? 'ipv4' : 'ipv6'] = value === 'on'
    }
  }
  if (servers.length === 0) return new Invalid('no name servers defined', 'name one, such as 127.0.0.53')
  if (!families.ipv4 && !families.ipv6) return new Invalid('"ipv4" and "ipv6" cannot both be "off"')
  return { servers, valid, ...families }
}

function parseServer(word: string): { host: string; port: number } | Invalid {
  const [, six, plain, port = '53'] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(.*))?$/s.exec(word) ?? []
  const host = six ?? plain
  if (host === undefined)
    return new Invalid(`invalid host in resolver "${word}"`, 'write it as 127.0.0.1:53 or [::1]:53')
  const number = /^\d+$/.test(port) ? Number(port) : 0
  if (number < 1 || number > 65_535) return new Invalid(`invalid port in resolver "${word}"`)
  return { host, port: number }
}

/** Kept as written, refused where it cannot be read. */
export const resolverSyntax: Syntax<string[]> = {
  ...texts,
  read: (args, directive) => {
    const line = parseResolver(args)
    return line instanceof Invalid ? line : texts.read(args, directive)
  },
}
