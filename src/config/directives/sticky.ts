/** `sticky` of ngx_http_upstream_sticky_module (nginx 1.29.6): https://nginx.org/en/docs/http/ngx_http_upstream_module.html#sticky */
import * as z from 'zod'
import { formatDuration, parseDuration } from '../../base/units.ts'
import { Invalid, type Syntax } from '../directive.ts'

/** A client stays with the peer that it was first answered by: by a cookie that is set, or by variables that name it. */
export type Sticky =
  | {
      by: 'cookie'
      name: string
      /** Milliseconds, whole seconds; absent: until the browser is closed. */
      expires?: number | 'max' | undefined
      domain?: string | undefined
      path?: string | undefined
      /** `strict`, `lax`, `none`, or variables. */
      samesite?: string | undefined
      httponly?: true | undefined
      secure?: true | undefined
    }
  /** The first of these variables (without the dollar) that has a value names the peer's `route`. */
  | { by: 'route'; variables: string[] }

const schema: z.ZodType<Sticky> = z.union([
  z.object({
    by: z.literal('cookie'),
    name: z.string().min(1),
    expires: z.union([z.literal('max'), z.number().int().min(0)]).optional(),
    domain: z.string().min(1).optional(),
    path: z.string().min(1).optional(),
    samesite: z.string().min(1).optional(),
    httponly: z.literal(true).optional(),
    secure: z.literal(true).optional(),
  }),
  z.object({ by: z.literal('route'), variables: z.array(z.string().regex(/^[A-Za-z0-9_]+$/)).min(1) }),
])

const sameSites = ['strict', 'lax', 'none']
const flags = ['httponly', 'secure'] as const
const valued = ['expires', 'domain', 'path', 'samesite'] as const

export const sticky: Syntax<Sticky> = {
  schema,
  arity: [2, Infinity],
  read: ([kind = '', ...args]) => {
    if (kind === 'cookie') return readCookie(args)
    if (kind === 'route') return readRoute(args)
    if (kind === 'learn')
      return new Invalid('"sticky learn" is not here', 'use sticky cookie, which needs no memory of sessions')
    return new Invalid(`unknown parameter "${kind}"`, 'write sticky cookie NAME, or sticky route $VARIABLE')
  },
  write: (value) => {
    if (value.by === 'route') return ['route', ...value.variables.map((name) => `$${name}`)]
    const { name, expires } = value
    const texts = { ...value, expires: typeof expires === 'number' ? formatDuration(expires) : expires }
    return [
      'cookie',
      name,
      ...valued.flatMap((key) => (texts[key] === undefined ? [] : [`${key}=${texts[key]}`])),
      ...flags.filter((key) => value[key]),
    ]
  },
}

function readCookie([name = '', ...args]: readonly string[]): Sticky | Invalid {
  if (name === '') return new Invalid('"sticky" directive empty cookie name')
  const value: Record<string, unknown> = {}
  for (const arg of args) {
    const eq = arg.indexOf('=')
    const key = eq < 0 ? arg : arg.slice(0, eq)
    const known = eq < 0 ? flags.some((flag) => flag === key) : valued.some((one) => one === key)
    if (!known) return new Invalid(`unknown parameter "${arg}"`)
    if (value[key] !== undefined) return new Invalid(`"sticky" directive parameter "${key}" is duplicate`)
    const read = eq < 0 ? true : readValue(key, arg.slice(eq + 1))
    if (read instanceof Invalid) return read
    value[key] = read
  }
  return { by: 'cookie', name, ...value }
}

function readValue(key: string, text: string): string | number | Invalid {
  if (key === 'expires') {
    if (text === 'max') return text
    const ms = parseDuration(text)
    // nginx parses it in seconds: 500ms is none.
    return ms === undefined || ms % 1000 !== 0
      ? new Invalid(
          '"sticky" directive invalid "expires" parameter value',
          'write a time such as 1h or 30d, or max',
        )
      : ms
  }
  if (key === 'samesite' && !text.includes('$') && !sameSites.includes(text.toLowerCase()))
    return new Invalid(
      '"sticky" directive invalid "samesite" parameter value',
      'it takes strict, lax or none',
    )
  return text === '' ? new Invalid(`"sticky" directive no value for "${key}"`) : text
}

function readRoute(args: readonly string[]): Sticky | Invalid {
  const wrong = args.find((arg) => !/^\$[A-Za-z0-9_]+$/.test(arg))
  if (wrong !== undefined) return new Invalid(`invalid variable name "${wrong}"`, 'write it as $name')
  return { by: 'route', variables: args.map((arg) => arg.slice(1)) }
}
