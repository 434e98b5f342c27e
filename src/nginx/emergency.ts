/** What nginx prints for a problem behind `nginx: [emerg] `. */
import type { Problem } from '../base/problem.ts'
import { commandLine } from './global-directives.ts'

/** `message in FILE:LINE`, `message in command line`, or the message alone (ngx_conf_log_error). */
export function emergency({ message, file, line }: Problem): string {
  if (file === undefined) return message
  return file === commandLine ? `${message} in ${commandLine}` : `${message} in ${file}:${line ?? 0}`
}
