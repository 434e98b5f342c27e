/**
 * ngx_http_rewrite_module: rewrite, return, set, if, break as one compiled list of steps.
 * https://nginx.org/en/docs/http/ngx_http_rewrite_module.html
 */
import { statSync, accessSync, constants } from 'node:fs'
import { escapeArgs, unescapeRedirect } from '../../http/escape.ts'
import type { Condition, IfBlock, RewriteStep } from '../../config/model.ts'
import type { RewriteOutcome } from '../../status/explanation.ts'
import { compileRegex } from '../cycle/regex.ts'
import type { LocationSettings } from '../cycle/settings.ts'
import { Answer } from '../request/answer.ts'
import { typeOf } from '../request/content-type.ts'
import type { Exchange, Handler, Verdict } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { sendWhole, setUri } from '../request/finalize.ts'
import { compileScript, type Script } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'

/** What a step says: go on, leave the list, or a verdict. */
type Step = (x: Exchange) => 'next' | 'exit' | Verdict

type StepOf<D extends RewriteStep['directive']> = Extract<RewriteStep, { directive: D }>

/** What compiling a list needs from the cycle. `nest` makes the settings of an `if` in a location. */
export interface RewriteContext {
  readonly variables: VariableTable
  nest?: (block: IfBlock, source: RewriteStep) => LocationSettings
}

/** Compiles a list; the steps keep nginx's order. Throws ScriptError and RegexError. */
export function compileRewrites(steps: readonly RewriteStep[], context: RewriteContext): Handler {
  const compiled = compileSteps(steps, context)
  return (x) => {
    const said = run(compiled, x)
    return said === 'next' || said === 'exit' ? 'declined' : said
  }
}

function run(steps: readonly Step[], x: Exchange): 'next' | 'exit' | Verdict {
  for (const step of steps) {
    const said = step(x)
    if (said !== 'next') return said
  }
  return 'next'
}

function compileSteps(steps: readonly RewriteStep[], context: RewriteContext): Step[] {
  return steps.map((step) => {
    switch (step.directive) {
      case 'break':
        return (x) => {
          if (x.trial) tell(x, step, 'ends')
          if (x.uriChanged) x.validLocation = false
          x.uriChanged = false
          return 'exit'
        }
      case 'set':
        return setStep(step, compileScript(step.value, context.variables), context)
      case 'return':
        return returnStep(step, context)
      case 'rewrite':
        return rewriteStep(step, context)
      case 'if':
        return ifStep(step, context)
    }
  })
}

function setStep(step: StepOf<'set'>, value: Script, { variables }: RewriteContext): Step {
  const assign = variables.assign(step.variable)
  return (x) => {
    const text = value(x)
    assign(x, text)
    if (x.trial) tell(x, step, 'set', undefined, text)
    return 'next'
  }
}

const redirectCodes = new Set([301, 302, 303, 307, 308])

// What a step said to a request that is only thought of.
function tell(
  x: Exchange,
  step: RewriteStep,
  outcome: RewriteOutcome,
  before?: string,
  after?: string,
): void {
  x.trial?.tell({
    step: 'rewrite',
    place: { route: x.settings.route, label: x.settings.label || x.server.label },
    directive: writtenStep(step),
    outcome,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  })
}

function writtenStep(step: RewriteStep): string {
  switch (step.directive) {
    case 'break':
      return 'break'
    case 'set':
      return `set $${step.variable} ${step.value || '""'}`
    case 'return':
      return ['return', step.code, step.text].filter((part) => part !== undefined).join(' ')
    case 'rewrite':
      return ['rewrite', step.regex, step.replacement, step.flag]
        .filter((part) => part !== undefined)
        .join(' ')
    case 'if': {
      const { operand, operator, value } = step.condition
      const file = operator !== undefined && value === undefined
      return `if (${(file ? [operator, operand] : [operand, operator, value]).filter(Boolean).join(' ')})`
    }
  }
}

function whole(x: Exchange): string {
  return x.args === '' ? x.uri : `${x.uri}?${x.args}`
}

function returnStep(step: StepOf<'return'>, { variables }: RewriteContext): Step {
  const text = step.text === undefined ? undefined : compileScript(step.text, variables)
  const code = step.code ?? 302
  const answer = answerOf(code, text)
  return (x) => {
    if (x.trial) tell(x, step, 'returns', undefined, text?.(x))
    return answer(x)
  }
}

function answerOf(code: number, text: Script | undefined): Step {
  if (!text && code >= 400) return () => code
  if (!text && code === 0) return () => 404
  return (x) => sendResponse(x, code, text?.(x) ?? '')
}

/** A status with a text, or with a Location (ngx_http_send_response). */
export function sendResponse(x: Exchange, code: number, text: string, contentType?: string): Verdict {
  const answer = new Answer(code)
  if (redirectCodes.has(code)) {
    x.body.discard()
    answer.location = text
    x.answer = answer
    return code
  }
  if (code === 444) return 444
  answer.contentType = contentType ?? typeOf(x)
  return sendWhole(x, answer, Buffer.from(text, 'latin1'))
}

interface CaptureText {
  (x: Exchange, escaped: boolean): string
}

// Captures are escaped where the URI held escapes and they become arguments or a Location (ngx_http_script_copy_capture_code).
function captureText(source: string, { variables }: RewriteContext): CaptureText {
  const parts: CaptureText[] = []
  for (const [, literal, capture] of source.matchAll(/((?:[^$]|\$(?![1-9]))+)|\$([1-9])/g)) {
    if (capture !== undefined) {
      const index = Number(capture)
      parts.push((x, escaped) => {
        const value = x.captures?.[index] ?? ''
        return escaped && (x.quotedUri || x.plusInUri) ? escapeArgs(value) : value
      })
    } else {
      const script = compileScript(literal ?? '', variables)
      parts.push((x) => script(x))
    }
  }
  return (x, escaped) => parts.reduce((text, part) => text + part(x, escaped), '')
}

function rewriteStep(step: StepOf<'rewrite'>, context: RewriteContext): Step {
  const { regex, names } = compileRegex(step.regex, false)
  const assigns = names.map((name) => [name, context.variables.assign(name)] as const)
  const external = /^(https?:\/\/|\$scheme)/.test(step.replacement)
  const redirect = step.flag === 'permanent' ? 301 : step.flag === 'redirect' || external ? 302 : 0
  const keepArgs = !step.replacement.endsWith('?')
  const replacement = keepArgs ? step.replacement : step.replacement.slice(0, -1)
  const question = replacement.indexOf('?')
  const path = captureText(question < 0 ? replacement : replacement.slice(0, question), context)
  const query = question < 0 ? undefined : captureText(replacement.slice(question + 1), context)
  const breakCycle = step.flag === 'break'
  const last = step.flag === 'last' || breakCycle
  return (x) => {
    const captures = regex.exec(x.uri)
    x.captures = captures ?? undefined
    if (!captures) {
      if (x.trial) tell(x, step, 'no-match', x.uri)
      return 'next'
    }
    const before = x.trial ? whole(x) : undefined
    for (const [name, assign] of assigns) assign(x, captures.groups?.[name] ?? '')
    if (redirect) {
      const status = redirectTo(x, redirect, path(x, true), query?.(x, true), keepArgs)
      if (x.trial) tell(x, step, 'redirects', before, x.answer?.location)
      return status
    }
    x.internal = true
    x.validUnparsedUri = false
    if (breakCycle) {
      x.validLocation = false
      x.uriChanged = false
    } else x.uriChanged = true
    const uri = path(x, false)
    const args = query?.(x, true)
    if (args !== undefined) x.args = keepArgs && x.args !== '' ? `${args}&${x.args}` : args
    else if (!keepArgs) x.args = ''
    if (uri === '') {
      logError(x, 'error', 'the rewritten URI has a zero length')
      return 500
    }
    setUri(x, uri)
    if (x.trial) tell(x, step, 'changed', before, whole(x))
    return last ? 'exit' : 'next'
  }
}

function redirectTo(
  x: Exchange,
  code: number,
  path: string,
  query: string | undefined,
  keepArgs: boolean,
): Verdict {
  let location = unescapeRedirect(query === undefined ? path : `${path}?${query}`)
  if (keepArgs && x.args !== '') location += (query === undefined ? '?' : '&') + x.args
  const answer = new Answer(code)
  answer.location = location
  x.answer = answer
  return code
}

function ifStep(step: StepOf<'if'>, context: RewriteContext): Step {
  const holds = compileCondition(step.condition, context)
  const settings = context.nest?.(step.block, step)
  // The handler of an earlier `if` stays, and finds nothing to pass to in this one (ngx_http_update_location_config).
  const orphaned = settings && !settings.content ? { ...settings, content: noUpstream } : undefined
  const steps = compileSteps(step.block.rewrites ?? [], context)
  return (x) => {
    const held = holds(x)
    if (x.trial) tell(x, step, held ? 'holds' : 'does-not-hold')
    if (!held) return 'next'
    if (settings) x.settings = orphaned && x.settings.content ? orphaned : settings
    return run(steps, x)
  }
}

function noUpstream(x: Exchange): Verdict {
  logError(x, 'alert', 'no upstream configuration')
  return 500
}

function compileCondition(condition: Condition, context: RewriteContext): (x: Exchange) => boolean {
  const operand = compileScript(condition.operand, context.variables)
  const { operator, value = '' } = condition
  if (operator === undefined)
    return (x) => {
      const text = operand(x)
      return text !== '' && text !== '0'
    }
  if (operator === '=' || operator === '!=') {
    const other = compileScript(value, context.variables)
    return (x) => (operand(x) === other(x)) === (operator === '=')
  }
  if (operator.includes('~')) {
    const { regex, names } = compileRegex(value, operator.endsWith('*'))
    const assigns = names.map((name) => [name, context.variables.assign(name)] as const)
    const negative = operator.startsWith('!')
    return (x) => {
      const captures = regex.exec(operand(x))
      x.captures = captures ?? undefined
      if (captures) {
        for (const [name, assign] of assigns) assign(x, captures.groups?.[name] ?? '')
      }
      return (captures !== null) !== negative
    }
  }
  const negative = operator.startsWith('!')
  const test = fileTests[operator.slice(-1)] ?? ((): boolean => false)
  return (x) => test(operand(x)) !== negative
}

const fileTests: Readonly<Record<string, (path: string) => boolean>> = {
  f: (path) => stat(path)?.isFile() ?? false,
  d: (path) => stat(path)?.isDirectory() ?? false,
  e: (path) => stat(path) !== undefined,
  x: (path) => {
    try {
      accessSync(Buffer.from(path, 'latin1'), constants.X_OK)
      return true
    } catch {
      return false // not there or not executable: both are "no"
    }
  },
}

function stat(path: string): ReturnType<typeof statSync> {
  return statSync(Buffer.from(path, 'latin1'), { throwIfNoEntry: false })
}

/** A location's rewrites, then the jump back to find-config when the URI changed (ngx_http_core_post_rewrite_phase). */
export function locationRewrite(rewrite: Handler): Handler {
  return (x) => {
    const verdict = rewrite(x) as Verdict
    if (verdict !== 'declined') return verdict
    if (!x.uriChanged) {
      x.handlers = x.settings.afterRewrite
      x.handlerAt = 0
      return 'declined'
    }
    if (--x.uriChangesLeft === 0) {
      logError(x, 'error', `rewrite or internal redirection cycle while processing "${x.uri}"`)
      return 500
    }
    x.settings = x.server.root
    x.handlers = x.server.internalEntry
    x.handlerAt = x.server.internalEntry.length - 1
    return 'declined'
  }
}
