/**
 * Configuration to statements, in the order of the directive table; only what is set. What was kept
 * unread goes behind a block's directives, blocks come last. Law: `readConfig(writeConfig(c))` is `c`.
 */
import type { Context, Directive } from '../config/directive.ts'
import { directivesIn } from '../config/directives.ts'
import type { Config, Http, IfBlock, Kept, Location, RewriteStep, Server, Types } from '../config/model.ts'
import type { Statement } from '../config/statement.ts'
import { commentsOf, endKey, lineKey } from './comments.ts'
import { writeLocationHead } from './location-head.ts'
import { writeCondition, writeStep } from './rewrite-steps.ts'
import { writeCharsetMap, writeGeo, writeMap, writeSplitClients, writeTypes } from './table-blocks.ts'

/** The statements of a whole configuration. */
export function writeConfig(config: Config): Statement[] {
  const { events, http } = config
  const lines = [
    ...writeLines(config, 'main'),
    ...(events ? [writeBlock('events', [], events, writeLines(events, 'events'), 'events')] : []),
    ...(http ? [writeBlock('http', [], http, writeHttp(http), 'http')] : []),
  ]
  return placeComments(config, 'main', lines)
}

function writeHttp(http: Http): Statement[] {
  return [
    ...writeLines(http, 'http'),
    ...typesOf(http.types),
    ...(http.maps ?? []).map((map) => writeTable('map', map, writeMap(map))),
    ...(http.geos ?? []).map((geo) => writeTable('geo', geo, writeGeo(geo))),
    ...(http.splitClients ?? []).map((split) => writeTable('split_clients', split, writeSplitClients(split))),
    ...(http.charsetMaps ?? []).map((map) => writeTable('charset_map', map, writeCharsetMap(map))),
    ...(http.upstreams ?? []).map((upstream) =>
      writeBlock('upstream', [upstream.name], upstream, writeLines(upstream, 'upstream'), 'upstream'),
    ),
    ...(http.servers ?? []).map((server) => writeBlock('server', [], server, writeServer(server), 'server')),
  ]
}

function writeServer(server: Server): Statement[] {
  return [
    ...writeLines(server, 'server'),
    ...(server.rewrites ?? []).map((step) => writeRewrite(step, 'server-if')),
    ...typesOf(server.types),
    ...(server.locations ?? []).map(writeLocation),
  ]
}

function writeLocation(location: Location): Statement {
  const { limitExcept } = location
  const lines = [
    ...writeLines(location, 'location'),
    ...(location.rewrites ?? []).map((step) => writeRewrite(step, 'if')),
    ...typesOf(location.types),
    ...(limitExcept
      ? [
          writeBlock(
            'limit_except',
            limitExcept.methods,
            limitExcept,
            writeLines(limitExcept, 'limit_except'),
            'limit_except',
          ),
        ]
      : []),
    ...(location.locations ?? []).map(writeLocation),
  ]
  return writeBlock('location', writeLocationHead(location), location, lines, 'location')
}

function writeRewrite(step: RewriteStep, context: 'if' | 'server-if'): Statement {
  if (step.directive !== 'if') return writeStep(step)
  const { block, condition } = step
  return writeBlock('if', writeCondition(condition), block, writeIf(block, context), context)
}

function writeIf(block: IfBlock, context: 'if' | 'server-if'): Statement[] {
  return [...writeLines(block, context), ...(block.rewrites ?? []).map((step) => writeRewrite(step, context))]
}

function typesOf(types: Types | undefined): Statement[] {
  return types ? [writeTypes(types)] : []
}

/** A block's directives, and behind them what was kept unread. */
function writeLines(block: Kept, context: Context): Statement[] {
  const fields = block as Record<string, unknown>
  const known = directivesIn(context).flatMap(({ field, directive }) => writeField(directive, fields[field]))
  return [...known, ...(block.unhandled ?? [])]
}

function writeField(directive: Directive, value: unknown): Statement[] {
  if (value === undefined) return []
  const values = directive.repeat === 'list' ? (value as unknown[]) : [value]
  return values.map((one) => {
    const args = directive.syntax.write(one)
    if (directive.names) return { name: args[0] ?? '', args: args.slice(1) }
    return { name: directive.name, args: directive.name === 'log_format' ? breakFormat(args) : args }
  })
}

/** A log format in pieces of a line each, which nginx joins again; broken at spaces, where no variable is cut. */
function breakFormat(args: readonly string[]): string[] {
  const format = args.at(-1) ?? ''
  return [...args.slice(0, -1), ...(format.match(/.{1,76}(?:\s|$)|\s*\S+\s?/gsu) ?? [''])]
}

function writeBlock(
  name: string,
  args: string[],
  block: Kept,
  lines: Statement[],
  context: Context,
): Statement {
  return withNote(block, { name, args, block: placeComments(block, context, lines) })
}

function writeTable(
  name: string,
  table: Kept,
  { args, block = [] }: Pick<Statement, 'args' | 'block'>,
): Statement {
  return withNote(table, {
    name,
    args,
    block: placeComments(table, undefined, [...block, ...(table.unhandled ?? [])]),
  })
}

function withNote(block: Kept, statement: Statement): Statement {
  const end = block.comments?.[endKey]
  return {
    ...statement,
    ...(block.note !== undefined && { comments: commentsOf(block.note) }),
    ...(end !== undefined && { closing: commentsOf(end) }),
  }
}

/** Puts each comment in front of the first line it is about; without a context the lines are no directives. */
function placeComments(block: Kept, context: Context | undefined, lines: readonly Statement[]): Statement[] {
  const left = new Map(Object.entries(block.comments ?? {}))
  left.delete(endKey)
  return lines.map((line) => {
    const key = context ? lineKey(line, context) : line.name
    const comment = line.comments ? undefined : left.get(key)
    if (comment === undefined) return line
    left.delete(key)
    return { ...line, comments: commentsOf(comment) }
  })
}
