/**
 * Statements to configuration, driven by the directive table. The checks and their order are
 * ngx_conf_handler's (ngx_conf_file.c): known, allowed here, `;` or `{`, number of arguments, duplicate, value.
 */
import type { Problem } from '../base/problem.ts'
import { Invalid, type AppliedBy, type Context, type Directive } from '../config/directive.ts'
import { directiveNamed } from '../config/directives.ts'
import type { Config, IfBlock, Kept, RewriteStep, Types } from '../config/model.ts'
import { listKeys } from '../config/path.ts'
import type { Position, Statement } from '../config/statement.ts'
import {
  blockDirective,
  isKnown,
  knownNames,
  stepContexts,
  type BlockDirective,
  type InnerBlock,
  type TableBlock,
} from './blocks.ts'
import { addComments, endKey, lineKey, noteOf, ownComments } from './comments.ts'
import { missingSemicolon, unknownNameHint } from './hints.ts'
import { Reading, placeIn, type Outcome, type Place } from './reading.ts'
import { isStepName, readCondition, readStep, stepArity } from './rewrite-steps.ts'
import { typesTable, type Table } from './table-blocks.ts'

/** What statements say, and what became of each. */
export interface ReadConfig {
  readonly config: Config
  /** In the order nginx would find them; it stops at the first error. */
  readonly problems: readonly Problem[]
  /** Where each block, field and list element stands in the text, by `pathKey`. */
  readonly positions: ReadonlyMap<string, Position>
  readonly outcomes: readonly Outcome[]
}

/**
 * Reads a configuration. What is unknown or wrong is kept in `unhandled` of its block; with `strict` the
 * unknown is an error as it is for nginx.
 */
export function readConfig(statements: readonly Statement[], options: { strict?: boolean } = {}): ReadConfig {
  const reading = new Reading(options.strict ?? false)
  const config: Config = {}
  readBlock(statements, { block: config, context: 'main', place: reading.root, reading })
  return { config, ...reading.finish() }
}

/** A block that is being filled. */
interface At {
  readonly block: Kept
  readonly context: Context
  readonly place: Place
  readonly reading: Reading
  /** A block around it is not applied, so nothing in it is. */
  readonly kept?: boolean
}

/** The fields of a block by name; the table guarantees their types. */
function fieldsOf(block: Kept): Record<string, unknown> {
  return block as Record<string, unknown>
}

/** The places of list elements that wait for their key, by the list's field. */
type Elements = Map<string, Place[]>

function readBlock(statements: readonly Statement[], at: At): void {
  const elements: Elements = new Map()
  for (const statement of statements) readStatement(statement, at, elements)
  // Servers, locations and upstreams are named by what they hold, which is known only now.
  for (const [list, places] of elements) {
    const keys = listKeys(list, fieldsOf(at.block)[list] as unknown[])
    for (const [index, place] of places.entries()) place.segment = keys[index] ?? ''
  }
}

function readStatement(statement: Statement, at: At, elements: Elements): void {
  const { name } = statement
  const block = blockDirective(name)
  const found = directiveNamed(name, at.context)
  if (found?.directive.applied === 'kept' && at.reading.strict) {
    // Whoever runs nginx's text as nginx must not run it without what it says.
    const fix =
      'nginx knows it and it is kept on import, but nothing here acts on it: take it out to run the rest'
    at.reading.unknown(at.place, statement, new Invalid(`unknown directive "${name}"`, fix))
    keep(statement, at)
  } else if (found?.directive.contexts.includes(at.context)) readDirective(statement, found, at)
  else if (block?.contexts.includes(at.context)) readBlockDirective(statement, block, at, elements)
  else if (isStepName(name) && stepContexts.includes(at.context)) readRewriteLine(statement, name, at)
  else if (name === 'include') readInclude(statement, at)
  else if (isKnown(name))
    refuse(statement, at, 'not-allowed', new Invalid(`"${name}" directive is not allowed here`))
  else {
    const hint = unknownNameHint(name, knownNames())
    at.reading.unknown(at.place, statement, new Invalid(`unknown directive "${name}"`, hint))
    keep(statement, at)
  }
}

/** An include that brought nothing (see `includes.ts`) is kept; a wrong one is refused as nginx does. */
function readInclude(statement: Statement, at: At): void {
  const wrong = shapeProblem(statement, false, [1, 1])
  if (wrong) refuse(statement, at, 'wrong-form', wrong)
  else keep(statement, at)
}

function readDirective(statement: Statement, found: { field: string; directive: Directive }, at: At): void {
  const { field, directive } = found
  const { syntax, repeat, names } = directive
  const given = names ? [statement.name, ...statement.args] : statement.args
  const extra = names ? 1 : 0
  const wrong = shapeProblem(statement, false, [syntax.arity[0] - extra, syntax.arity[1] - extra])
  if (wrong) return refuse(statement, at, 'wrong-form', wrong)
  const fields = fieldsOf(at.block)
  const place = placeIn(at.place, field)
  if (repeat === 'once' && fields[field] !== undefined)
    return refuse(statement, at, 'duplicate', new Invalid(`"${statement.name}" directive is duplicate`))
  const value = syntax.read(given, statement.name)
  if (value instanceof Invalid)
    return refuse(statement, { ...at, place }, 'invalid-value', withHint(value, statement))

  if (directive.replacedBy !== undefined) {
    const message = `the "${statement.name}" directive is obsolete, use the "${directive.replacedBy}" directive instead`
    at.reading.warning(place, statement, 'obsolete', message)
  }
  if (repeat === 'list') {
    const list = (fields[field] ??= []) as unknown[]
    took(placeIn(place, String(list.length)), statement, directive.applied, at)
    list.push(value)
  } else {
    fields[field] =
      repeat === 'concat' ? [...((fields[field] ?? []) as unknown[]), ...(value as unknown[])] : value
    took(place, statement, directive.applied, at)
  }
  addComments(at.block, lineKey(statement, at.context), ownComments(statement))
}

function took(place: Place, statement: Statement, applied: AppliedBy, at: At): void {
  at.reading.took(place, statement, at.kept ? 'kept' : applied)
}

/** `directive is not terminated by ";"`, `has no opening "{"`, and the number of arguments. */
function shapeProblem(
  statement: Statement,
  isBlock: boolean,
  [least, most]: readonly [number, number],
): Invalid | undefined {
  const { name, args, block } = statement
  if (!isBlock && block) return new Invalid(`directive "${name}" is not terminated by ";"`)
  if (isBlock && !block) return new Invalid(`directive "${name}" has no opening "{"`)
  if (args.length >= least && args.length <= most) return undefined
  return withHint(new Invalid(`invalid number of arguments in "${name}" directive`), statement)
}

function withHint(invalid: Invalid, statement: Statement): Invalid {
  const hint = missingSemicolon(statement)
  return hint === undefined ? invalid : new Invalid(invalid.message, hint)
}

function refuse(statement: Statement, at: At, code: string, invalid: Invalid): void {
  at.reading.error(at.place, statement, code, invalid)
  keep(statement, at)
}

function keep(statement: Statement, at: At): void {
  const place = placeIn(placeIn(at.place, 'unhandled'), String(at.block.unhandled?.length ?? 0))
  ;(at.block.unhandled ??= []).push(statement)
  at.reading.kept(place, statement)
}

function readRewriteLine(statement: Statement, name: keyof typeof stepArity, at: At): void {
  const wrong = shapeProblem(statement, false, stepArity[name])
  if (wrong) return refuse(statement, at, 'wrong-form', wrong)
  const step = readStep(name, statement.args)
  if (step instanceof Invalid) return refuse(statement, at, 'invalid-value', withHint(step, statement))
  addStep(statement, step, 'engine', at)
  addComments(at.block, lineKey(statement, at.context), ownComments(statement))
}

/** Returns the step's place. */
function addStep(statement: Statement, step: RewriteStep, applied: AppliedBy, at: At): Place {
  const fields = at.block as { rewrites?: RewriteStep[] }
  const steps = (fields.rewrites ??= [])
  const place = placeIn(placeIn(at.place, 'rewrites'), String(steps.length))
  steps.push(step)
  took(place, statement, applied, at)
  return place
}

function readBlockDirective(statement: Statement, found: BlockDirective, at: At, elements: Elements): void {
  const wrong = shapeProblem(statement, true, found.arity)
  if (wrong) refuse(statement, at, 'wrong-form', wrong)
  else if (found.kind === 'inner') readInner(statement, found, at, elements)
  else if (found.kind === 'table') readTable(statement, found, at, elements)
  else if (found.kind === 'types') readTypes(statement, found.applied, at)
  else readIf(statement, found.applied, at)
}

function readInner(statement: Statement, found: InnerBlock, at: At, elements: Elements): void {
  const { field, context, applied } = found
  const fields = fieldsOf(at.block)
  if (!found.list && fields[field] !== undefined)
    return refuse(statement, at, 'duplicate', new Invalid(`"${statement.name}" directive is duplicate`))
  const block: Kept | Invalid = found.head(statement.args, at.block)
  if (block instanceof Invalid) return refuse(statement, at, 'invalid-value', withHint(block, statement))
  const place = found.list ? addElement(block, field, at, elements) : placeIn(at.place, field)
  if (!found.list) fields[field] = block
  took(place, statement, applied, at)
  readBlock(statement.block ?? [], {
    ...at,
    block,
    place,
    context,
    kept: at.kept === true || applied === 'kept',
  })
  addBlockComments(block, statement)
}

function addElement(block: Kept, field: string, at: At, elements: Elements): Place {
  const list = (fieldsOf(at.block)[field] ??= []) as Kept[]
  list.push(block)
  const place = placeIn(placeIn(at.place, field), '')
  elements.set(field, [...(elements.get(field) ?? []), place])
  return place
}

function readTable(statement: Statement, found: TableBlock, at: At, elements: Elements): void {
  const table = found.table(statement.args)
  if (table instanceof Invalid) return refuse(statement, at, 'invalid-value', withHint(table, statement))
  const { block } = table
  const place = addElement(block, found.field, at, elements)
  took(place, statement, found.applied, at)
  for (const line of statement.block ?? []) {
    const problem = readLine(table, line)
    const inside = { ...at, block, place }
    if (problem === 'keep') keep(line, inside)
    else if (problem) refuse(line, inside, 'invalid-line', problem)
    else addComments(block, line.name, ownComments(line))
  }
  addBlockComments(block, statement)
}

function readLine(table: Table<unknown>, line: Statement): ReturnType<Table<unknown>['readLine']> {
  return line.block ? new Invalid('unexpected "{"') : table.readLine(line)
}

/** What cannot be read here is kept as another `types` block, which nginx adds to the first. */
function readTypes(statement: Statement, applied: AppliedBy, at: At): void {
  const holder = at.block as { types?: Types }
  const table = typesTable(holder.types)
  holder.types = table.block
  took(placeIn(at.place, 'types'), statement, applied, at)
  const comments = [...ownComments(statement)]
  for (const line of statement.block ?? []) {
    const problem = readLine(table, line)
    if (!problem) comments.push(...ownComments(line))
    else if (problem === 'keep') keep({ ...statement, block: [line] }, at)
    else refuse({ ...statement, block: [line] }, at, 'invalid-line', problem)
  }
  addComments(at.block, 'types', [...comments, ...(statement.closing ?? [])])
}

function readIf(statement: Statement, applied: AppliedBy, at: At): void {
  const condition = readCondition(statement.args)
  if (condition instanceof Invalid)
    return refuse(statement, at, 'invalid-value', withHint(condition, statement))
  const block: IfBlock = {}
  const place = addStep(statement, { directive: 'if', condition, block }, applied, at)
  const context = at.context === 'server' ? 'server-if' : 'if'
  readBlock(statement.block ?? [], { ...at, block, place: placeIn(place, 'block'), context })
  addBlockComments(block, statement)
}

/** The comments in front of a block are its note; those at its end stay there. */
function addBlockComments(block: Kept, statement: Statement): void {
  const comments = ownComments(statement)
  if (comments.length > 0) block.note = noteOf(comments)
  addComments(block, endKey, statement.closing ?? [])
}
