import type { Problem } from '../../base/problem.ts'
import type { ConfigPath } from '../path.ts'

/** A mistake nginx refuses, in its words. */
export function mistake(code: string, path: ConfigPath, message: string, fix: string): Problem {
  return { severity: 'error', code, path, message, fix }
}

/** Something that works otherwise than it looks. */
export function warning(code: string, path: ConfigPath, message: string, fix: string): Problem {
  return { severity: 'warning', code, path, message, fix }
}
