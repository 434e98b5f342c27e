/** The SSI commands: https://nginx.org/en/docs/http/ngx_http_ssi_module.html#commands */
import { escapeHtml, escapeUriInHtml } from '../../http/escape.ts'
import { parseInternalUri } from '../../http/internal-uri.ts'
import { compileRegex } from '../cycle/regex.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { timeFormatKey } from '../request/ssi-date.ts'
import { expand, holds, SsiError } from './expand.ts'
import type { SsiParam, SsiPiece } from './scanner.ts'

/** How an answer's SSI commands are read and carried out. */
export interface SsiSettings {
  readonly silentErrors: boolean
  /** Bytes of a parameter's value. */
  readonly valueLength: number
  /** A variable of nginx or of the configuration, by lower-case name. */
  readonly variable: (x: Exchange, name: string) => string | undefined
}

/** An include that a command asks for. */
export interface Include {
  readonly uri: string
  readonly args: string
  /** Commands behind it wait for it. */
  readonly wait: boolean
  readonly stub: string | undefined
  /** Gets the answer instead of the page. */
  readonly set: ((text: string) => void) | undefined
}

/** What commands do to the page. */
export interface PageSide {
  put(text: string): void
  include(include: Include): void
}

/** What all parts of a page share, kept with the main request. */
interface Shared {
  readonly variables: Map<string, string>
  captures: readonly (string | undefined)[]
  readonly blocks: { readonly name: string; text: string }[]
}

/** How deep inclusions may be nested; NGX_HTTP_MAX_SUBREQUESTS. */
const deepest = 50

interface Place {
  readonly depth: number
  readonly inMemory: boolean
}

type Params = Readonly<Record<string, string | undefined>>

interface Command {
  readonly params: readonly string[]
  readonly mandatory?: string
  /** Carried out inside a block, too. */
  readonly block?: true
  /** Part of an `if`: 1 may stand behind `if` and `elif`, 2 behind `else` as well. */
  readonly conditional?: 1 | 2
  run(commands: Commands, params: Params): void
}

const table: Readonly<Record<string, Command>> = {
  include: {
    params: ['virtual', 'file', 'wait', 'set', 'stub'],
    run: (commands, params) => commands.include(params),
  },
  echo: {
    params: ['var', 'default', 'encoding'],
    mandatory: 'var',
    run: (commands, params) => commands.echo(params),
  },
  config: { params: ['errmsg', 'timefmt'], run: (commands, params) => commands.config(params) },
  set: { params: ['var', 'value'], mandatory: 'var', run: (commands, params) => commands.set(params) },
  if: { params: ['expr'], mandatory: 'expr', run: (commands, params) => commands.if(params, false) },
  elif: {
    params: ['expr'],
    mandatory: 'expr',
    conditional: 1,
    run: (commands, params) => commands.if(params, true),
  },
  else: { params: [], conditional: 1, run: (commands) => commands.else() },
  endif: { params: [], conditional: 2, run: (commands) => commands.endif() },
  block: { params: ['name'], mandatory: 'name', run: (commands, params) => commands.block(params) },
  endblock: { params: [], block: true, run: (commands) => commands.endblock() },
}

export class Commands {
  readonly #x: Exchange
  readonly #settings: SsiSettings
  readonly #page: PageSide
  readonly #shared: Shared
  readonly #place: Place
  #errorMessage = '[an error occurred while processing the directive]'
  #encode = escapeHtml
  #shown = true
  /** A branch of the running `if` has been shown. */
  #chosen = false
  /** 0 outside an `if`, 1 behind `if` and `elif`, 2 behind `else`. */
  #conditional: 0 | 1 | 2 = 0
  #inBlock = false

  constructor(x: Exchange, settings: SsiSettings, page: PageSide) {
    this.#x = x
    this.#settings = settings
    this.#page = page
    this.#place = x.keep('ssi-place', (): Place => ({ depth: 0, inMemory: false }))
    const main = x.parent ?? x
    this.#shared = main.keep('ssi', (): Shared => ({ variables: new Map(), captures: [], blocks: [] }))
  }

  /** Tells an included request where it stands. */
  begin(x: Exchange, inMemory: boolean): void {
    x.keep('ssi-place', (): Place => ({ depth: this.#place.depth + 1, inMemory }))
  }

  /** Text, or a command to carry out. */
  take(piece: SsiPiece): void {
    if (piece.kind === 'text') this.#text(piece.text)
    else if (piece.kind === 'error') this.#fail(piece.message)
    else this.#run(piece.name, piece.params)
  }

  #text(text: string): void {
    if (this.#shown) this.#page.put(text)
    else if (this.#inBlock) this.#toBlock(text)
  }

  #toBlock(text: string): void {
    const block = this.#shared.blocks.at(-1)
    if (block) block.text += text
  }

  #run(name: string, given: readonly SsiParam[]): void {
    const command = Object.hasOwn(table, name) ? table[name] : undefined
    if (!command) {
      if (this.#shown) this.#fail(`invalid SSI command: "${name}"`)
      return
    }
    if (!this.#shown && !command.block) {
      if (this.#inBlock) {
        this.#toBlock(`<!--#${name}${given.map((p) => ` ${p.name}="${p.value}"`).join('')} -->`)
        return
      }
      if (!command.conditional) return
    }
    try {
      if (command.conditional && (this.#conditional === 0 || this.#conditional > command.conditional))
        throw new SsiError(`invalid context of SSI command: "${name}"`)
      command.run(this, paramsOf(name, command, given))
    } catch (error) {
      if (!(error instanceof SsiError)) throw error
      this.#fail(error.message)
    }
  }

  #fail(message: string): void {
    logError(this.#x, 'error', message)
    if (!this.#settings.silentErrors) this.#page.put(this.#errorMessage)
  }

  readonly #lookup = (name: string): string | undefined =>
    (/^[0-9]$/.test(name) ? this.#shared.captures[Number(name)] : undefined) ??
    this.#shared.variables.get(name) ??
    this.#settings.variable(this.#x, name)

  include({ virtual, file, wait, set, stub }: Params): void {
    if (virtual !== undefined && file !== undefined)
      throw new SsiError(`inclusion may be either virtual="${virtual}" or file="${file}"`)
    const named = virtual ?? file
    if (named === undefined) throw new SsiError('no parameter in "include" SSI command')
    if (set !== undefined && stub !== undefined)
      throw new SsiError('"set" and "stub" cannot be used together in "include" SSI command')
    if (wait !== undefined && virtual === undefined)
      throw new SsiError(`"wait" cannot be used with file="${named}"`)
    if (wait !== undefined && !/^(?:yes|no)$/i.test(wait))
      throw new SsiError(`invalid value "${wait}" in the "wait" parameter`)
    const text = expand(named, this.#lookup)
    const folder = this.#x.uri.slice(0, this.#x.uri.lastIndexOf('/') + 1)
    const target = parseInternalUri(text.startsWith('/') ? text : folder + text)
    if (!target) throw new SsiError(`unsafe URI "${text}" was detected`)
    if (this.#place.depth > deepest) throw new SsiError(`subrequests cycle while processing "${target.uri}"`)
    if (this.#place.inMemory) throw new SsiError(`nested in-memory subrequest "${target.uri}"`)
    this.#page.include({
      ...target,
      wait: set !== undefined || virtual === undefined || wait?.toLowerCase() === 'yes',
      stub: stub === undefined ? undefined : this.#blockNamed(stub),
      set: set === undefined ? undefined : this.#setter(set.toLowerCase()),
    })
  }

  #blockNamed(name: string): string {
    const block = this.#shared.blocks.find((one) => one.name === name)
    if (!block) throw new SsiError(`"stub"="${name}" for "include" not found`)
    return block.text
  }

  // The variable is there at once, and empty until the answer is.
  #setter(name: string): (text: string) => void {
    const { variables } = this.#shared
    if (!variables.has(name)) variables.set(name, '')
    return (text) => void variables.set(name, text)
  }

  echo({ var: name = '', default: fallback, encoding }: Params): void {
    const value = this.#lookup(name.toLowerCase()) ?? fallback ?? '(none)'
    if (value === '') return
    if (encoding === 'none') this.#encode = (text) => text
    else if (encoding === 'url') this.#encode = escapeUriInHtml
    else if (encoding === 'entity') this.#encode = escapeHtml
    else if (encoding !== undefined)
      logError(this.#x, 'error', `unknown encoding "${encoding}" in the "echo" command`)
    this.#page.put(this.#encode(value))
  }

  config({ errmsg, timefmt }: Params): void {
    if (timefmt !== undefined) (this.#x.module ??= new Map()).set(timeFormatKey, timefmt)
    if (errmsg !== undefined) this.#errorMessage = errmsg
  }

  set({ var: name = '', value }: Params): void {
    if (value === undefined) throw new SsiError('mandatory "value" parameter is absent in "set" SSI command')
    this.#shared.variables.set(name.toLowerCase(), expand(value, this.#lookup))
  }

  if({ expr = '' }: Params, again: boolean): void {
    if (!again && this.#conditional) throw new SsiError('the "if" command inside the "if" command')
    if (this.#chosen) {
      this.#shown = false
      return
    }
    this.#shown = holds(expr, this.#lookup, (pattern, text) => this.#matches(pattern, text))
    this.#chosen = this.#shown
    this.#conditional = 1
  }

  #matches(pattern: string, text: string): boolean {
    let compiled: ReturnType<typeof compileRegex>
    try {
      compiled = compileRegex(pattern, false)
    } catch (error) {
      throw new SsiError(error instanceof Error ? error.message : String(error))
    }
    const found = compiled.regex.exec(text)
    if (!found) return false
    this.#shared.captures = found
    for (const name of compiled.names)
      this.#shared.variables.set(name.toLowerCase(), found.groups?.[name] ?? '')
    return true
  }

  else(): void {
    this.#shown = !this.#chosen
    this.#conditional = 2
  }

  endif(): void {
    this.#shown = true
    this.#chosen = false
    this.#conditional = 0
  }

  block({ name = '' }: Params): void {
    this.#shared.blocks.push({ name, text: '' })
    this.#shown = false
    this.#inBlock = true
  }

  endblock(): void {
    this.#shown = true
    this.#inBlock = false
  }
}

function paramsOf(name: string, command: Command, given: readonly SsiParam[]): Params {
  const params: Record<string, string> = {}
  for (const param of given) {
    if (!command.params.includes(param.name))
      throw new SsiError(`invalid parameter name: "${param.name}" in "${name}" SSI command`)
    if (Object.hasOwn(params, param.name))
      throw new SsiError(`duplicate "${param.name}" parameter in "${name}" SSI command`)
    params[param.name] = param.value
  }
  const { mandatory } = command
  if (mandatory !== undefined && !Object.hasOwn(params, mandatory))
    throw new SsiError(`mandatory "${mandatory}" parameter is absent in "${name}" SSI command`)
  return params
}
