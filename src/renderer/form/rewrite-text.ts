/** One step of a block's rewrites as nginx text, and back. */
import type { RewriteStep } from '../../config/model.ts'
import { parse } from '../../nginx/parser.ts'
import { print } from '../../nginx/printer.ts'
import { readConfig } from '../../nginx/read.ts'
import { writeConfig } from '../../nginx/write.ts'

/** `return 301 https://$host$request_uri`; an `if` keeps its braces. */
export function stepText(step: RewriteStep): string {
  const http = writeConfig({ http: { servers: [{ rewrites: [step] }] } }).find((one) => one.name === 'http')
  const text = print(http?.block?.[0]?.block ?? []).trimEnd()
  return step.directive === 'if' ? text : text.replace(/;$/, '')
}

/** The step a text says, or why it says none. */
export function readStep(text: string): { readonly step: RewriteStep } | { readonly problem: string } {
  const whole = text.trimEnd().endsWith('}') ? text : `${text};`
  const parsed = parse(`http { server { ${whole} } }`, '')
  if (parsed.problem) return { problem: parsed.problem.message }
  const { config, problems } = readConfig(parsed.statements)
  const error = problems.find((problem) => problem.severity === 'error')
  const steps = config.http?.servers?.[0]?.rewrites ?? []
  if (error) return { problem: error.fix ? `${error.message}; ${error.fix}` : error.message }
  const [step] = steps
  return step && steps.length === 1 ? { step } : { problem: 'write return, rewrite, set, break or if' }
}
