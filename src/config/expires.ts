/** The argument of `expires`, in a configuration or from a variable (ngx_http_parse_expires). */
import { parseDuration } from '../base/units.ts'

/** `seconds` from now, from the last change, or of the day. */
export type Expires =
  | { readonly kind: 'off' | 'epoch' | 'max' }
  | { readonly kind: 'access' | 'modified' | 'daily'; readonly seconds: number }

/** Reads it; `modified`: the word stands in front. A text: nginx's reason for refusing it. */
export function parseExpires(text: string, modified: boolean): Expires | string {
  if (!modified && (text === 'epoch' || text === 'max' || text === 'off')) return { kind: text }
  const sign = /^[@+-]/.exec(text)?.[0]
  if (sign === '@' && modified) return 'daily time cannot be used with "modified" parameter'
  const ms = text.endsWith('ms') ? undefined : parseDuration(sign === undefined ? text : text.slice(1))
  if (ms === undefined) return 'invalid value'
  const seconds = ms / 1000
  if (sign === '@' && seconds > 86_400) return 'daily time value must be less than 24 hours'
  if (sign === '@') return { kind: 'daily', seconds }
  return { kind: modified ? 'modified' : 'access', seconds: sign === '-' ? -seconds : seconds }
}
