/** Spellings that only ngx_core and ngx_http_core have. */
import * as z from 'zod'
import { Invalid, type Syntax } from '../directive.ts'

const logLevels = ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'] as const
const debugLevels = /^debug_(core|alloc|mutex|event|http|mail|stream)$/
/** Severity of an error log line, mildest first. */
export type LogLevel = (typeof logLevels)[number]

/** `error_log file [level]`; `debug_*` levels count as debug, and several of those may stand together. */
export const errorLog: Syntax<{ file: string; level?: LogLevel | undefined }> = {
  schema: z.object({ file: z.string(), level: z.enum(logLevels).optional() }),
  arity: [1, Infinity],
  read: ([file = '', ...words]) => {
    let level: LogLevel | undefined
    for (const word of words) {
      const plain = logLevels.find((l) => l === word)
      if (plain && level) return new Invalid(`duplicate log level "${word}"`)
      if (!plain && (!debugLevels.test(word) || (level && level !== 'debug')))
        return new Invalid(`invalid log level "${word}"`)
      level = plain ?? 'debug'
    }
    return level ? { file, level } : { file }
  },
  write: (value) => (value.level ? [value.file, value.level] : [value.file]),
}

/** One `error_page` line. `response`: absent keeps the code; `=` alone takes the answer's own; else that code. */
export interface ErrorPage {
  codes: number[]
  response?: number | 'own' | undefined
  uri: string
}

/** `error_page code ... [=[response]] uri`. */
export const errorPage: Syntax<ErrorPage> = {
  schema: z.object({
    codes: z.array(z.number().int().min(300).max(599)).min(1),
    response: z.union([z.number().int(), z.literal('own')]).optional(),
    uri: z.string(),
  }),
  arity: [2, Infinity],
  read: (args) => {
    const rest = [...args]
    const uri = rest.pop() ?? ''
    let response: ErrorPage['response']
    const last = rest.at(-1)
    if (last?.startsWith('=')) {
      rest.pop()
      if (last === '=') response = 'own'
      else if (/^=\d+$/.test(last)) response = Number(last.slice(1))
      else return new Invalid(`invalid value "${last}"`)
      if (rest.length === 0) return new Invalid(`invalid value "${last}"`)
    }
    const codes: number[] = []
    for (const word of rest) {
      const code = /^\d+$/.test(word) ? Number(word) : NaN
      if (Number.isNaN(code) || code === 499) return new Invalid(`invalid value "${word}"`)
      if (code < 300 || code > 599) return new Invalid(`value "${word}" must be between 300 and 599`)
      codes.push(code)
    }
    return response === undefined ? { codes, uri } : { codes, response, uri }
  },
  write: (value) => [
    ...value.codes.map(String),
    ...(value.response === undefined ? [] : [value.response === 'own' ? '=' : `=${value.response}`]),
    value.uri,
  ],
}
