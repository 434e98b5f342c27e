/** The log phase: https://nginx.org/en/docs/http/ngx_http_log_module.html */
import type { LogEscape } from '../../config/directives/log.ts'
import type { Exchange } from '../request/exchange.ts'
import { bytesOf } from '../request/script.ts'
import type { Getter, VariableTable } from '../request/variable-table.ts'

/** nginx's predefined format. */
export const combined =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'

/** Writes the line of an exchange to each of its location's logs. */
export function writeAccessLogs(x: Exchange): void {
  for (const { write, format, condition } of x.settings.logs) {
    if (condition) {
      const value = condition(x)
      if (value === '' || value === '0') continue
    }
    write(x, `${format(x)}\n`)
  }
}

/** Compiles a format; a variable that is not there shows as `-` (except in `escape=json` and `none`: nothing). */
export function compileLogFormat(
  format: string,
  escape: LogEscape,
  variables: VariableTable,
): (x: Exchange) => string {
  const parts: (string | Getter)[] = []
  const escaped = escapes[escape]
  const missing = escape === 'default' ? '-' : ''
  for (const [, literal, braced, name] of bytesOf(format).matchAll(
    /([^$]+)|\$\{([A-Za-z0-9_]+)\}|\$([A-Za-z0-9_]+)/g,
  )) {
    if (literal !== undefined) {
      parts.push(literal)
      continue
    }
    const get = variables.getter(braced ?? name ?? '')
    parts.push((x) => {
      const value = get(x)
      return value === undefined ? missing : escaped(value)
    })
  }
  return (x) => {
    let line = ''
    for (const part of parts) line += typeof part === 'string' ? part : (part(x) ?? '')
    return line
  }
}

const hex = (c: number): string => c.toString(16).toUpperCase().padStart(2, '0')

// ngx_http_log_escape: `"`, `\` and what is not printable ASCII as \xXX.
function escapeDefault(value: string): string {
  return /["\\]|[^ -~]/.test(value)
    ? value.replace(/["\\]|[^ -~]/g, (c) => `\\x${hex(c.charCodeAt(0))}`)
    : value
}

const jsonShort: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  '"': '\\"',
  '\\': '\\\\',
}

// ngx_escape_json: quotes, backslashes and control characters; bytes beyond ASCII stay as they are.
function escapeJson(value: string): string {
  let text = ''
  for (const c of value) text += jsonShort[c] ?? (c < ' ' ? `\\u00${hex(c.charCodeAt(0))}` : c)
  return text
}

const escapes: Readonly<Record<LogEscape, (value: string) => string>> = {
  default: escapeDefault,
  json: escapeJson,
  none: (value) => value,
}
