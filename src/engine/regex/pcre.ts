/**
 * Perl-compatible regular expressions, read as PCRE2 reads them without options (https://www.pcre.org/current/doc/html/pcre2pattern.html)
 * and spelled for JavaScript. Texts are bytes, one a character. Nothing is left to what JavaScript would make of
 * the same text: `.` stops at a line feed, `$` also stands before the last one, only ASCII letters have two cases,
 * atomic groups and possessive quantifiers give nothing back.
 *
 * Unlike nginx, JavaScript's repetitions forget the groups of earlier rounds and never take a round that is empty, so
 * `(?:(a)|b)*` over `ab` has no group 1; a reference to a group that took no part matches nothing instead of failing;
 * recursion, conditional groups, `(?|` and verbs are refused.
 */
import { addOtherCase, classSource, escapedSets } from './byte-set.ts'
import { readClass } from './class.ts'
import { Cursor, type PatternError } from './cursor.ts'
import { byteEscape, noNames, propertyEscape } from './escapes.ts'
import { atomic, numbered, type Spelled, type Token } from './spelling.ts'

/** `(?imsx)`. */
interface Modes {
  readonly caseless: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly extended: boolean
  /** Inside a look-behind, which JavaScript matches backwards. */
  readonly behind: boolean
}

/** What stands on one level, and how many bytes it always takes; undefined: that varies. */
interface Item {
  readonly tokens: readonly Token[]
  readonly length: number | undefined
  /** A quantifier may stand behind it. */
  readonly repeatable: boolean
}

/** Alternatives, and the length of each. */
interface Alternatives {
  readonly tokens: readonly Token[]
  readonly lengths: readonly (number | undefined)[]
}

const anyByte = '[^]'

/** Reads a pattern of bytes; `caseless` as `~*` asks for it. Throws a PatternError. */
export function spellPattern(pattern: string, caseless: boolean): Spelled {
  return new Reader(pattern).read({
    caseless,
    multiline: false,
    dotAll: false,
    extended: false,
    behind: false,
  })
}

class Reader {
  readonly #cursor: Cursor
  #groups = 0
  readonly #names = new Map<string, number>()

  constructor(text: string) {
    this.#cursor = new Cursor(text)
  }

  read(modes: Modes): Spelled {
    const { tokens } = this.#alternatives(modes)
    if (!this.#cursor.ended) throw this.#cursor.wrong('unmatched closing parenthesis')
    return numbered(tokens, this.#names)
  }

  // Unlike nginx, whose library has them; they cannot be had with JavaScript's expressions.
  #missing(what: string, offset: number): PatternError {
    return this.#cursor.wrong(`${what} not supported by this engine`, offset)
  }

  /** Up to a closing parenthesis or the end. An option in the middle holds for the alternatives behind it, too. */
  #alternatives(outer: Modes): Alternatives {
    let modes = outer
    const tokens: Token[] = []
    const lengths: (number | undefined)[] = []
    let length: number | undefined = 0
    for (;;) {
      this.#skip(modes)
      if (this.#cursor.ended || this.#cursor.peek(')')) return { tokens, lengths: [...lengths, length] }
      if (this.#cursor.take('|')) {
        tokens.push('|')
        lengths.push(length)
        length = 0
        continue
      }
      const changed = this.#options(modes)
      if (changed) {
        modes = changed
        continue
      }
      const item = this.#quantified(modes)
      tokens.push(...item.tokens)
      length = length === undefined || item.length === undefined ? undefined : length + item.length
    }
  }

  /** What says nothing: comments, call-outs, the end of a quotation, and white space where it is free. */
  #skip({ extended }: Modes): void {
    while (
      this.#cursor.match(/\\E|\(\?C\d*\)/y) ||
      (extended && this.#cursor.match(/[\t-\r ]+|#[^\n]*(?:\n|$)/y)) ||
      this.#comment()
    );
  }

  #comment(): boolean {
    if (!this.#cursor.take('(?#')) return false
    if (!this.#cursor.match(/[^)]*\)/y))
      throw this.#cursor.wrong('missing ) after (?# comment', this.#cursor.text.length)
    return true
  }

  /** `(?i)`, `(?^s-x)`: the modes from here on. */
  #options(modes: Modes): Modes | undefined {
    const match = this.#cursor.match(/\(\?(\^?[imnsxJU]*(?:-[imnsxJU]*)?)\)/y)
    return match ? this.#changed(modes, match[1] ?? '', this.#cursor.at - 1) : undefined
  }

  #changed(modes: Modes, letters: string, at: number): Modes {
    if (/[nJU]/.test(letters)) throw this.#missing('options n, J and U are', at)
    const [on = '', off = ''] = letters.split('-')
    const of = (letter: string, before: boolean): boolean =>
      on.includes(letter) || (before && !off.includes(letter) && !on.startsWith('^'))
    return {
      caseless: of('i', modes.caseless),
      multiline: of('m', modes.multiline),
      dotAll: of('s', modes.dotAll),
      extended: of('x', modes.extended),
      behind: modes.behind,
    }
  }

  #quantified(modes: Modes): Item {
    const { tokens, length, repeatable } = this.#item(modes)
    this.#skip(modes)
    const quantifier = this.#quantifier()
    if (quantifier === undefined) return { tokens, length, repeatable }
    if (!repeatable) throw this.#notRepeatable()
    const times = /^\{(\d+)\}$/.exec(quantifier)?.[1]
    const repeated = length === undefined || times === undefined ? undefined : length * Number(times)
    if (this.#cursor.take('?'))
      return { tokens: [...tokens, `${quantifier}?`], length: repeated, repeatable: false }
    const all = [...tokens, quantifier]
    return {
      tokens: this.#cursor.take('+') ? atomicIn(modes, all) : all,
      length: repeated,
      repeatable: false,
    }
  }

  #notRepeatable(): PatternError {
    return this.#cursor.wrong('quantifier does not follow a repeatable item', this.#cursor.at - 1)
  }

  #quantifier(): string | undefined {
    const match = this.#cursor.match(/[*+?]|\{(\d+)(?:(,)(\d*))?\}/y)
    if (!match) return undefined
    const [whole, least, comma, most = ''] = match
    if (least === undefined) return whole
    if (Number(least) > 65_535 || Number(most) > 65_535)
      throw this.#cursor.wrong('number too big in {} quantifier', this.#cursor.at - 1)
    if (comma && most !== '' && Number(most) < Number(least))
      throw this.#cursor.wrong('numbers out of order in {} quantifier', this.#cursor.at - 1)
    return whole
  }

  #item(modes: Modes): Item {
    if (this.#quantifier() !== undefined) throw this.#notRepeatable()
    const at = this.#cursor.at
    const character = this.#cursor.text.charAt(this.#cursor.at++)
    switch (character) {
      case '(':
        return this.#group(modes, at)
      case '[':
        return one(readClass(this.#cursor, modes.caseless))
      case '\\':
        return this.#escape(modes)
      case '.':
        return one(modes.dotAll ? anyByte : '[^\\n]')
      case '^':
        return place(modes.multiline ? '(?:^|(?<=\\n)(?=[^]))' : '^')
      case '$':
        return place(modes.multiline ? '(?![^\\n])' : '(?=\\n?$)')
      default:
        return this.#literal(character.charCodeAt(0), modes)
    }
  }

  #literal(byte: number, modes: Modes): Item {
    const set = new Uint8Array(256)
    set[byte] = 1
    if (modes.caseless) addOtherCase(set)
    return one(classSource(set))
  }

  // ---- groups ----

  #group(modes: Modes, at: number): Item {
    if (this.#cursor.match(/(?=\*[A-Za-z:])/y)) throw this.#verb()
    if (!this.#cursor.take('?')) return this.#capturing('', modes)
    const name = this.#groupName()
    if (name !== undefined) return this.#capturing(name, modes)
    if (this.#cursor.take('>')) {
      const { tokens, length } = this.#closed(modes)
      return { tokens: atomicIn(modes, tokens), length, repeatable: true }
    }
    const look = this.#cursor.match(/<?[=!]/y)?.[0]
    if (look !== undefined) return this.#look(look, modes, at)
    if (this.#cursor.take('P=')) return this.#namedReference(')', modes)
    if (this.#cursor.match(/P>|R|[+-]?\d|&/y)) throw this.#missing('recursion is', at)
    if (this.#cursor.peek('(')) throw this.#missing('conditional groups are', at)
    if (this.#cursor.peek('|')) throw this.#missing('groups that reset numbers are', at)
    const letters = this.#cursor.match(/\^?[imnsxJU]*(?:-[imnsxJU]*)?/y)?.[0] ?? ''
    if (this.#cursor.match(/P?$/y)) throw this.#cursor.wrong('missing closing parenthesis')
    const colon = this.#cursor.at
    if (!this.#cursor.take(':')) throw this.#cursor.wrong('unrecognized character after (? or (?-')
    const { tokens, length } = this.#closed(this.#changed(modes, letters, colon))
    return { tokens: ['(?:', ...tokens, ')'], length, repeatable: true }
  }

  #look(look: string, modes: Modes, at: number): Item {
    const behind = look.startsWith('<')
    const { tokens, lengths } = this.#closed({ ...modes, behind })
    if (behind && lengths.includes(undefined))
      throw this.#cursor.wrong('lookbehind assertion is not fixed length', at)
    return { tokens: [`(?:(?${look}`, ...tokens, '))'], length: 0, repeatable: true }
  }

  #verb(): PatternError {
    const verb = this.#cursor.match(/\*[A-Z_0-9]*(?:[:=][^)]*)?/y)?.[0] ?? ''
    return /^\*(?:UTF8?|UCP|CRLF|CR|LF|ANY|ANYCRLF|NUL|BSR_\w+|NO_\w+|NOTEMPTY\w*|LIMIT_\w+=\d+|ACCEPT|FAIL|F|COMMIT|PRUNE|SKIP|THEN|MARK)(?:[:=].*)?$/.test(
      verb,
    )
      ? this.#missing(`(${verb}) is`, this.#cursor.at)
      : this.#cursor.wrong('(*VERB) not recognized or malformed')
  }

  #groupName(): string | undefined {
    const open = this.#cursor.match(/P?<(?![=!])|'/y)
    if (!open) return undefined
    const name = this.#nameAhead()
    const close = open[0] === "'" ? "'" : '>'
    if (!this.#cursor.take(close))
      throw this.#cursor.wrong('syntax error in subpattern name (missing terminator?)')
    if (this.#names.has(name))
      throw this.#cursor.wrong('two named subpatterns have the same name (PCRE2_DUPNAMES not set)')
    return name
  }

  #nameAhead(): string {
    if (this.#cursor.match(/(?=\d)/y)) throw this.#cursor.wrong('subpattern name must start with a non-digit')
    const name = this.#cursor.match(/\w+/y)?.[0]
    if (name === undefined) throw this.#cursor.wrong('subpattern name expected')
    return name
  }

  #capturing(name: string, modes: Modes): Item {
    const group = ++this.#groups
    if (name !== '') this.#names.set(name, group)
    const { tokens, length } = this.#closed(modes)
    return { tokens: [{ opens: group, name }, ...tokens, ')'], length, repeatable: true }
  }

  #closed(modes: Modes): Alternatives & { length: number | undefined } {
    const { tokens, lengths } = this.#alternatives(modes)
    if (!this.#cursor.take(')')) throw this.#cursor.wrong('missing closing parenthesis')
    const [length] = lengths
    return { tokens, lengths, length: lengths.every((other) => other === length) ? length : undefined }
  }

  // ---- escapes ----

  #escape(modes: Modes): Item {
    if (this.#cursor.ended) throw this.#cursor.wrong('\\ at end of pattern')
    const character = this.#cursor.text.charAt(this.#cursor.at++)
    if (character === 'Q') return this.#quoted(modes)
    if (/[1-9]/.test(character) && this.#isReference()) return this.#numberedReference(modes)
    if (character === 'N') this.#refuseNamedCharacter()
    const set = escapedSets[character] ?? propertyEscape(this.#cursor, character)
    if (set) return one(classSource(set))
    switch (character) {
      case 'b':
        return place('\\b')
      case 'B':
        return place('\\B')
      case 'A':
      case 'G':
        return place('^')
      case 'z':
        return place('$')
      case 'Z':
        return place('(?=\\n?$)')
      case 'R':
        return { tokens: atomic(['(?:\\r\\n|[\\n-\\r\\x85])']), length: undefined, repeatable: true }
      case 'X':
        return { tokens: atomic(['(?:\\r\\n|[^])']), length: undefined, repeatable: true }
      case 'C':
        return one(anyByte)
      case 'K':
        // It moves the start of what matched as a whole; nginx asks only for groups.
        return place('')
      case 'g':
        return this.#generalReference(modes)
      case 'k':
        return this.#bracketedName(modes)
      default:
        return this.#literal(byteEscape(this.#cursor, character), modes)
    }
  }

  // `\N{...}` is a character's name, unless it is a quantifier.
  #refuseNamedCharacter(): void {
    if (this.#cursor.match(/(?=\{U\+)/y))
      throw this.#cursor.wrong('\\N{U+dddd} is supported only in Unicode (UTF) mode')
    if (this.#cursor.match(/(?=\{(?!\d+(?:,\d*)?\}))/y)) throw this.#cursor.wrong(noNames)
  }

  #quoted(modes: Modes): Item {
    const end = this.#cursor.text.indexOf('\\E', this.#cursor.at)
    const text = this.#cursor.text.slice(this.#cursor.at, end < 0 ? this.#cursor.text.length : end)
    this.#cursor.at = end < 0 ? this.#cursor.text.length : end + 2
    // A quantifier behind it belongs to its last character.
    const tokens = [...text].flatMap((character) => this.#literal(character.charCodeAt(0), modes).tokens)
    return { tokens, length: text.length, repeatable: tokens.length > 0 }
  }

  // ---- references ----

  /** Whether the digits behind a backslash are a reference, and not an octal number. The first is read already. */
  #isReference(): boolean {
    const digits = /\d*/.exec(this.#cursor.text.slice(this.#cursor.at - 1))?.[0] ?? ''
    return Number(digits) < 10 || /^[89]/.test(digits) || Number(digits) <= this.#groups
  }

  #numberedReference(modes: Modes): Item {
    this.#cursor.at--
    const number = Number(this.#cursor.match(/\d+/y)?.[0])
    return this.#reference(number, this.#cursor.at - 1, modes)
  }

  #reference(refers: number | string, at: number, { caseless }: Modes): Item {
    return { tokens: [{ refers, at, caseless }], length: undefined, repeatable: true }
  }

  #generalReference(modes: Modes): Item {
    if (this.#cursor.match(/[<']/y)) throw this.#missing('recursion is', this.#cursor.at - 3)
    const match = this.#cursor.match(/\{([+-]?)(\d+)\}|([+-]?)(\d+)/y)
    if (!match) {
      if (this.#cursor.take('{')) return this.#namedReference('}', modes)
      throw this.#cursor.wrong(
        '\\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number',
      )
    }
    const sign = match[1] ?? match[3] ?? ''
    const number = Number(match[2] ?? match[4])
    const group = sign === '-' ? this.#groups + 1 - number : sign === '+' ? this.#groups + number : number
    return this.#reference(group, this.#cursor.at - 1, modes)
  }

  #bracketedName(modes: Modes): Item {
    const open = this.#cursor.match(/[<'{]/y)?.[0]
    if (open === undefined)
      throw this.#cursor.wrong('\\k is not followed by a braced, angle-bracketed, or quoted name')
    return this.#namedReference({ '<': '>', "'": "'" }[open] ?? '}', modes)
  }

  #namedReference(close: string, modes: Modes): Item {
    const at = this.#cursor.at
    const name = this.#cursor.match(/\w*/y)?.[0] ?? ''
    if (name === '') throw this.#cursor.wrong('subpattern name expected')
    if (!this.#cursor.take(close))
      throw this.#cursor.wrong('syntax error in subpattern name (missing terminator?)')
    return this.#reference(name, at, modes)
  }
}

function one(source: string): Item {
  return { tokens: [source], length: 1, repeatable: true }
}

// In a look-behind all that can be found is of one length: there is nothing to give back.
function atomicIn({ behind }: Modes, tokens: readonly Token[]): readonly Token[] {
  return behind ? ['(?:', ...tokens, ')'] : atomic(tokens)
}

/** A place between two bytes. */
function place(source: string): Item {
  return { tokens: [source], length: 0, repeatable: false }
}
