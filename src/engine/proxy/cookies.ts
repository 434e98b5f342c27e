/** proxy_cookie_domain, proxy_cookie_path and proxy_cookie_flags (ngx_http_proxy_rewrite_cookie). */
import { compileRegex } from '../cycle/regex.ts'
import type { LocationFields } from '../cycle/settings.ts'
import type { Exchange } from '../request/exchange.ts'
import { compileScript } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { CookieRewrite } from './settings.ts'

interface Attribute {
  name: string
  value: string | undefined
}

/** The rewrites of a location: domain, then path, then flags. */
export function cookieRewrites(fields: LocationFields, variables: VariableTable): CookieRewrite[] {
  const domain = attributeRewrite('domain', fields.proxyCookieDomain, variables)
  const path = attributeRewrite('path', fields.proxyCookiePath, variables)
  const flags = flagsRewrite(fields.proxyCookieFlags, variables)
  if (!domain && !path && !flags) return []
  return [
    (x, value) => {
      const attributes = parse(value)
      const changed = [domain, path, flags].map((rewrite) => rewrite?.(x, attributes) ?? false)
      return changed.includes(true) ? print(attributes) : undefined
    },
  ]
}

type AttributesRewrite = (x: Exchange, attributes: Attribute[]) => boolean

function parse(value: string): Attribute[] {
  return value.split(';').map((part) => {
    const text = part.trim()
    const eq = text.indexOf('=')
    return eq < 0
      ? { name: text, value: undefined }
      : { name: text.slice(0, eq).trimEnd(), value: text.slice(eq + 1).trimStart() }
  })
}

function print(attributes: readonly Attribute[]): string {
  return attributes.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join('; ')
}

type Replace = (x: Exchange, value: string) => string | undefined

function attributeRewrite(
  attribute: 'domain' | 'path',
  lines: readonly ('off' | { from: string; to: string })[] | undefined,
  variables: VariableTable,
): AttributesRewrite | undefined {
  const rules = (lines ?? []).flatMap((line) =>
    line === 'off' ? [] : [replaceRule(attribute, line, variables)],
  )
  if (rules.length === 0) return undefined
  return (x, attributes) => {
    const found = attributes.slice(1).find(({ name }) => name.toLowerCase() === attribute)
    if (found?.value === undefined) return false
    for (const rule of rules) {
      const value = rule(x, found.value)
      if (value === undefined) continue
      found.value = value
      return true
    }
    return false
  }
}

// A domain is compared whole and without its leading dot; a path by its beginning.
function replaceRule(
  attribute: 'domain' | 'path',
  line: { from: string; to: string },
  variables: VariableTable,
): Replace {
  const to = compileScript(attribute === 'domain' ? line.to.replace(/^\./, '') : line.to, variables)
  if (line.from.startsWith('~')) {
    const ignoreCase = attribute === 'domain' || line.from.startsWith('~*')
    const { regex, names } = compileRegex(line.from.replace(/^~\*?/, ''), ignoreCase)
    const assigns = names.map((name) => [name, variables.assign(name)] as const)
    return (x, value) => {
      const captures = regex.exec(value)
      if (!captures) return undefined
      x.captures = captures
      for (const [name, assign] of assigns) assign(x, captures.groups?.[name] ?? '')
      return to(x)
    }
  }
  const from = compileScript(attribute === 'domain' ? line.from.replace(/^\./, '') : line.from, variables)
  if (attribute === 'domain')
    return (x, value) =>
      value.replace(/^\./, '').toLowerCase() === from(x).toLowerCase()
        ? (value.startsWith('.') ? '.' : '') + to(x)
        : undefined
  return (x, value) => {
    const prefix = from(x)
    return value.startsWith(prefix) ? to(x) + value.slice(prefix.length) : undefined
  }
}

function flagsRewrite(
  lines: readonly ('off' | { cookie: string; flags: string[] })[] | undefined,
  variables: VariableTable,
): AttributesRewrite | undefined {
  const rules = (lines ?? []).flatMap((line) => (line === 'off' ? [] : [flagsRule(line, variables)]))
  if (rules.length === 0) return undefined
  return (x, attributes) => rules.some((rule) => rule(x, attributes))
}

function flagsRule(line: { cookie: string; flags: string[] }, variables: VariableTable): AttributesRewrite {
  const matches = cookieMatcher(line.cookie, variables)
  const flags = line.flags.map((flag) => compileScript(flag, variables))
  return (x, attributes) => {
    if (!matches(x, attributes[0]?.name ?? '')) return false
    for (const flag of flags) setFlag(attributes, flag(x).toLowerCase())
    return true
  }
}

function cookieMatcher(cookie: string, variables: VariableTable): (x: Exchange, name: string) => boolean {
  if (cookie.startsWith('~')) {
    const { regex } = compileRegex(cookie.replace(/^~\*?/, ''), true)
    return (_x, name) => regex.test(name)
  }
  const wanted = compileScript(cookie, variables)
  return (x, name) => wanted(x).toLowerCase() === name.toLowerCase()
}

const spellings: Readonly<Record<string, string>> = { secure: 'Secure', httponly: 'HttpOnly' }
const sameSites: Readonly<Record<string, string>> = { strict: 'Strict', lax: 'Lax', none: 'None' }

function setFlag(attributes: Attribute[], flag: string): void {
  const remove = flag.startsWith('no') && flag !== 'none'
  const word = remove ? flag.slice(2) : flag
  const [name = '', value] = word.split('=')
  const at = attributes.findIndex((attribute, index) => index > 0 && attribute.name.toLowerCase() === name)
  if (remove) {
    if (at >= 0) attributes.splice(at, 1)
    return
  }
  const attribute: Attribute =
    name === 'samesite'
      ? { name: 'SameSite', value: sameSites[value ?? ''] }
      : { name: spellings[name] ?? name, value: undefined }
  if (at >= 0) attributes[at] = attribute
  else attributes.push(attribute)
}
