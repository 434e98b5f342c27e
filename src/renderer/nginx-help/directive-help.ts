/** What nginx's documentation says of a directive, from the table that everything else comes from. */
import type { AppliedBy, Context, Directive } from '../../config/directive.ts'
import { directiveNamed } from '../../config/directives.ts'
import { blockDirective, stepContexts } from '../../nginx/blocks.ts'
import { spell } from '../form/spelling.ts'
import { writtenForms } from './written-forms.ts'

export interface DirectiveHelp {
  readonly name: string
  /** `proxy_read_timeout time;`. */
  readonly syntax: string
  /** As it would be written; absent: there is none. */
  readonly default?: string
  /** In the documentation's words. */
  readonly contexts: readonly string[]
  readonly doc: string
  readonly applied: AppliedBy
  readonly link: string
}

const contextWords: Readonly<Record<Context, string>> = {
  main: 'main',
  events: 'events',
  http: 'http',
  server: 'server',
  location: 'location',
  if: 'if in location',
  'server-if': 'if in server',
  limit_except: 'limit_except',
  upstream: 'upstream',
}

/** What is no row of the table: blocks, and the lines of the rewrite module. */
const others: Readonly<Record<string, { form: string; doc: string; module: string }>> = {
  events: { form: '{ ... }', doc: 'How connections are taken and kept.', module: 'core' },
  http: {
    form: '{ ... }',
    doc: 'Everything about HTTP: servers, upstreams, and what holds for all of them.',
    module: 'http_core',
  },
  server: {
    form: '{ ... }',
    doc: 'A server: where it listens, its names, its locations.',
    module: 'http_core',
  },
  location: {
    form: '[= | ~ | ~* | ^~] uri { ... } | @name { ... }',
    doc: 'What happens to requests for a path: the longest prefix, or the first regular expression that fits.',
    module: 'http_core',
  },
  limit_except: { form: 'method ... { ... }', doc: 'Rules for every method but these.', module: 'http_core' },
  types: { form: '{ type ending ...; }', doc: 'Media types by the endings of files.', module: 'http_core' },
  upstream: { form: 'name { ... }', doc: 'A pool of peers that share requests.', module: 'http_upstream' },
  map: {
    form: 'string $variable { ... }',
    doc: 'A variable whose value depends on another.',
    module: 'http_map',
  },
  geo: {
    form: '[$address] $variable { ... }',
    doc: "A variable whose value depends on the client's address.",
    module: 'http_geo',
  },
  split_clients: {
    form: 'string $variable { ... }',
    doc: 'A variable that splits clients into parts.',
    module: 'http_split_clients',
  },
  charset_map: {
    form: 'charset1 charset2 { ... }',
    doc: 'A table from one charset to another.',
    module: 'http_charset',
  },
  if: {
    form: '(condition) { ... }',
    doc: 'What is in the block holds where the condition does.',
    module: 'http_rewrite',
  },
  set: { form: '$variable value;', doc: 'Gives a variable a value.', module: 'http_rewrite' },
  rewrite: {
    form: 'regex replacement [last | break | redirect | permanent];',
    doc: 'Changes the URI where the regular expression fits, or redirects.',
    module: 'http_rewrite',
  },
  return: {
    form: 'code [text] | code URL | URL;',
    doc: 'Answers at once, with a status, a text or a redirect.',
    module: 'http_rewrite',
  },
  break: { form: ';', doc: 'Ends the rewriting of this level.', module: 'http_rewrite' },
  include: { form: 'file | mask;', doc: "Another file's lines, here.", module: 'core' },
}

/** `undefined` for a name nobody knows. */
export function directiveHelp(name: string, context: Context | 'lines'): DirectiveHelp | undefined {
  const found = context === 'lines' ? undefined : directiveNamed(name, context)?.directive
  if (found && !(Object.hasOwn(others, name) && context !== 'upstream')) return ofTable(name, found)
  const other = Object.hasOwn(others, name) ? others[name] : undefined
  if (!other) return undefined
  const block = blockDirective(name)
  const contexts = block?.contexts ?? (name === 'include' ? ['any'] : stepContexts)
  return {
    name,
    syntax: `${name}${other.form === ';' ? '' : ' '}${other.form}`,
    contexts: contexts.map((one) => contextWords[one as Context] ?? one),
    doc: other.doc,
    applied: block?.applied ?? 'engine',
    link: linkOf(other.module, name),
  }
}

function ofTable(name: string, directive: Directive): DirectiveHelp {
  const form = writtenForms[name] ?? directive.syntax.form ?? ''
  const { default: value } = directive
  return {
    name,
    syntax: `${[name, form].filter(Boolean).join(' ')};`,
    ...(value !== undefined && { default: `${name} ${defaultText(directive, value)};` }),
    contexts: directive.contexts.map((context) => contextWords[context]),
    doc: directive.doc,
    applied: directive.applied,
    link: linkOf(directive.module, name),
  }
}

function defaultText(directive: Directive, value: unknown): string {
  const lines = directive.repeat === 'list' && Array.isArray(value) ? value : [value]
  return lines.map((line) => spell(directive, line)).join(' ')
}

function linkOf(module: string, name: string): string {
  const page = module === 'core' ? 'ngx_core_module' : `http/ngx_${module}_module`
  return `https://nginx.org/en/docs/${page}.html#${name}`
}
