/** Finds SSI commands in a body, wherever it is cut: `<!--#name param="value" -->` (ngx_http_ssi_parse). */

/** Text to pass on, a command, or what is wrong with one. */
export type SsiPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; readonly name: string; readonly params: readonly SsiParam[] }
  | { readonly kind: 'error'; readonly message: string }

export interface SsiParam {
  readonly name: string
  readonly value: string
}

type State =
  | 'text'
  | 'before-name'
  | 'name'
  | 'before-param'
  | 'param'
  | 'before-equal'
  | 'before-value'
  | 'value'
  | 'escaped'
  | 'after-value'
  | 'end-1'
  | 'end-2'
  | 'error'
  | 'error-end-1'
  | 'error-end-2'

const opening = '<!--#'
const longestName = 32
const isSpace = (c: string): boolean => c === ' ' || c === '\r' || c === '\n' || c === '\t'

export class SsiScanner {
  readonly #longestValue: number
  #state: State = 'text'
  /** The end of the text so far, where it may begin a command. */
  #held = ''
  #name = ''
  #params: SsiParam[] = []
  #param = ''
  #value = ''
  #quote = ''
  #wrong = ''

  /** `longestValue`: bytes of a parameter's value, `ssi_value_length`. */
  constructor(longestValue: number) {
    this.#longestValue = longestValue
  }

  /** Takes the next piece of the body apart. What has been asked for last decides when the next is looked for. */
  *pieces(body: string): Generator<SsiPiece, void> {
    const text = this.#held + body
    this.#held = ''
    for (let at = 0; at < text.length;) {
      if (this.#state === 'text') {
        const found = text.indexOf(opening, at)
        const end = found < 0 ? text.length - heldAtEnd(text, at) : found
        if (end > at) yield { kind: 'text', text: text.slice(at, end) }
        if (found < 0) {
          this.#held = text.slice(end)
          return
        }
        this.#begin()
        at = found + opening.length
      } else {
        const piece = this.#step(text.charAt(at++))
        if (piece) yield piece
      }
    }
  }

  #begin(): void {
    this.#state = 'before-name'
    this.#name = ''
    this.#params = []
  }

  #step(c: string): SsiPiece | undefined {
    switch (this.#state) {
      case 'text':
      case 'before-name':
        if (isSpace(c)) return undefined
        this.#name = c
        return this.#go('name')
      case 'name':
        if (isSpace(c)) return this.#go('before-param')
        if (c === '-') return this.#go('end-1')
        if (this.#name.length === longestName)
          return this.#fail(`the "${this.#name}${c}..." SSI command is too long`, '')
        this.#name += c
        return undefined
      case 'before-param':
        if (isSpace(c)) return undefined
        if (c === '-') return this.#go('end-1')
        this.#param = c
        this.#value = ''
        return this.#go('param')
      case 'param':
        if (isSpace(c)) return this.#go('before-equal')
        if (c === '=') return this.#go('before-value')
        if (c === '-') return this.#unexpected(c, `after "${this.#param}" parameter`)
        if (this.#param.length === longestName)
          return this.#fail(`too long "${this.#param}${c}..." parameter in "${this.#name}" SSI command`, '')
        this.#param += c
        return undefined
      case 'before-equal':
        if (isSpace(c)) return undefined
        return c === '=' ? this.#go('before-value') : this.#unexpected(c, `after "${this.#param}" parameter`)
      case 'before-value':
        if (isSpace(c)) return undefined
        if (c !== '"' && c !== "'") return this.#unexpected(c, `before value of "${this.#param}" parameter`)
        this.#quote = c
        return this.#go('value')
      case 'value':
        if (c === this.#quote) {
          this.#params.push({ name: this.#param, value: this.#value })
          return this.#go('after-value')
        }
        if (c === '\\') this.#state = 'escaped'
        return this.#addToValue(c)
      case 'escaped':
        this.#state = 'value'
        return this.#addToValue(c)
      case 'after-value':
        if (isSpace(c)) return this.#go('before-param')
        if (c === '-') return this.#go('end-1')
        return this.#fail(
          `unexpected "${c}" symbol after "${this.#value}" value of "${this.#param}" parameter in "${this.#name}" SSI command`,
          '',
        )
      case 'end-1':
        return c === '-' ? this.#go('end-2') : this.#fail(this.#strange(c), '')
      case 'end-2':
        if (c !== '>') return this.#fail(this.#strange(c), '')
        this.#state = 'text'
        return { kind: 'command', name: this.#name, params: this.#params }
      case 'error':
        return this.#go(c === '-' ? 'error-end-1' : 'error')
      case 'error-end-1':
        return this.#go(c === '-' ? 'error-end-2' : 'error')
      case 'error-end-2':
        if (c !== '>') return this.#go('error')
        this.#state = 'text'
        return { kind: 'error', message: this.#wrong }
    }
  }

  #go(state: State): undefined {
    this.#state = state
  }

  // A command that is wrong is told when its end is found.
  #fail(message: string, c: string): undefined {
    this.#wrong = message
    this.#state = c === '-' ? 'error-end-1' : 'error'
  }

  #unexpected(c: string, where: string): undefined {
    return this.#fail(`unexpected "${c}" symbol ${where} in "${this.#name}" SSI command`, c)
  }

  #strange(c: string): string {
    return `unexpected "${c}" symbol in "${this.#name}" SSI command`
  }

  #addToValue(c: string): undefined {
    if (this.#value.length === this.#longestValue)
      return this.#fail(
        `too long "${this.#value}${c}..." value of "${this.#param}" parameter in "${this.#name}" SSI command`,
        '',
      )
    this.#value += c
    return undefined
  }
}

/** How many characters at the end of a text may begin a command. */
function heldAtEnd(text: string, from: number): number {
  for (let length = Math.min(opening.length - 1, text.length - from); length > 0; length--)
    if (text.endsWith(opening.slice(0, length))) return length
  return 0
}
