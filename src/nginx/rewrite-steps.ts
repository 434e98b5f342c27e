/**
 * The lines of ngx_http_rewrite_module between text and configuration, with its messages
 * (ngx_http_rewrite_module.c); `if` is a block and read in `read.ts`, its condition here.
 */
import { Invalid } from '../config/directive.ts'
import type { Condition, RewriteStep } from '../config/model.ts'
import type { Statement } from '../config/statement.ts'

type LineStep = Exclude<RewriteStep, { directive: 'if' }>

/** Fewest and most arguments of each line. */
export const stepArity: Readonly<Record<LineStep['directive'], readonly [number, number]>> = {
  rewrite: [2, 3],
  return: [1, 2],
  set: [2, 2],
  break: [0, 0],
}

export function isStepName(name: string): name is LineStep['directive'] {
  return Object.hasOwn(stepArity, name)
}

/** One line whose number of arguments is right. */
export function readStep(directive: LineStep['directive'], args: readonly string[]): LineStep | Invalid {
  switch (directive) {
    case 'rewrite':
      return readRewrite(args)
    case 'return':
      return readReturn(args)
    case 'set':
      return readSet(args)
    case 'break':
      return { directive }
  }
}

function readRewrite([regex = '', replacement = '', flag]: readonly string[]): LineStep | Invalid {
  if (replacement === '') return new Invalid('empty replacement')
  const step = { directive: 'rewrite', regex, replacement } as const
  if (flag === undefined) return step
  if (flag === 'last' || flag === 'break' || flag === 'redirect' || flag === 'permanent')
    return { ...step, flag }
  return new Invalid(`invalid parameter "${flag}"`, 'the flag is last, break, redirect or permanent')
}

function readReturn([first = '', text]: readonly string[]): LineStep | Invalid {
  if (/^\d+$/.test(first) && Number(first) <= 999) {
    const code = Number(first)
    return text === undefined ? { directive: 'return', code } : { directive: 'return', code, text }
  }
  if (text === undefined && /^(https?:\/\/|\$scheme)/.test(first)) return { directive: 'return', text: first }
  return new Invalid(
    `invalid return code "${first}"`,
    'write a code, a code and a text, or a URL with its scheme',
  )
}

function readSet([name = '', value = '']: readonly string[]): LineStep | Invalid {
  if (!name.startsWith('$') || name === '$')
    return new Invalid(`invalid variable name "${name}"`, 'write it as $name')
  return { directive: 'set', variable: name.slice(1), value }
}

/** The arguments of `if`, parentheses included (ngx_http_rewrite_if_condition). */
export function readCondition(args: readonly string[]): Condition | Invalid {
  const words = [...args]
  const invalid = (word: string | undefined): Invalid =>
    new Invalid(`invalid condition "${word ?? ''}"`, 'write it as ($variable = value), with spaces')
  const first = words[0] ?? ''
  if (!first.startsWith('(')) return invalid(first)
  if (first === '(') words.shift()
  else words[0] = first.slice(1)
  const last = words.at(-1)
  if (last === undefined || !last.endsWith(')')) return invalid(last)
  words.pop()
  if (last !== ')') words.push(last.slice(0, -1))

  const [operand = '', operator, value] = words
  if (operand.length > 1 && operand.startsWith('$')) {
    if (words.length === 1) return { operand }
    if (words.length !== 3 || operator === undefined || value === undefined) return invalid(operand)
    return isComparison(operator)
      ? { operand, operator, value }
      : new Invalid(`unexpected "${operator}" in condition`, 'compare with =, !=, ~, ~*, !~ or !~*')
  }
  if (isFileTest(operand) && words.length === 2 && operator !== undefined)
    return { operand: operator, operator: operand }
  return invalid(operand)
}

type Operator = NonNullable<Condition['operator']>
const comparisons: readonly Operator[] = ['=', '!=', '~', '~*', '!~', '!~*']
const fileTests: readonly Operator[] = ['-f', '!-f', '-d', '!-d', '-e', '!-e', '-x', '!-x']

function isComparison(word: string): word is Operator {
  return (comparisons as readonly string[]).includes(word)
}

function isFileTest(word: string): word is Operator {
  return (fileTests as readonly string[]).includes(word)
}

/** One line back as a statement. */
export function writeStep(step: LineStep): Statement {
  const name = step.directive
  switch (step.directive) {
    case 'rewrite':
      return { name, args: [step.regex, step.replacement, ...(step.flag === undefined ? [] : [step.flag])] }
    case 'return':
      return { name, args: [step.code, step.text].flatMap((arg) => (arg === undefined ? [] : [String(arg)])) }
    case 'set':
      return { name, args: [`$${step.variable}`, step.value] }
    case 'break':
      return { name, args: [] }
  }
}

/** The arguments of `if`, parentheses included. */
export function writeCondition({ operand, operator, value }: Condition): string[] {
  if (operator === undefined) return [`(${operand})`]
  const words = isFileTest(operator) ? [operator, operand] : [operand, operator, value ?? '']
  const [first = '', ...others] = words
  const last = others.pop() ?? ''
  // A value that is quoted keeps its quotes to itself: `"a b")`, not `"a b)"`.
  const end = /^[^\s;{}"'#\\]+$/.test(last) ? [`${last})`] : [last, ')']
  return [`(${first}`, ...others, ...end]
}
