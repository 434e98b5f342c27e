/**
 * Cuts nginx text into statements' words, exactly as ngx_conf_read_token (ngx_conf_file.c) does:
 * quotes, backslashes, `${`, comments, and its messages. It knows no directive.
 */

/** Where a run of words ended: `;` ends a statement, `{` opens a block, `}` closes one. */
export type Token =
  | { readonly kind: 'statement' | 'open'; readonly words: readonly string[]; readonly line: number }
  | { readonly kind: 'close' | 'end'; readonly line: number }
  | { readonly kind: 'error'; readonly message: string; readonly fix: string; readonly line: number }

/** A comment's text without `#`, and where it stands. */
export interface Comment {
  readonly text: string
  readonly line: number
  /** It stands behind the words of a statement that has not ended yet. */
  readonly inStatement: boolean
}

/** NGX_CONF_BUFFER: what nginx can hold of one word, its quotes and a comment included, in bytes. */
const longestParameter = 4096

const escapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' }

function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n'
}

/** How many bytes a text is in UTF-8, which is what nginx counts; each half of a surrogate pair is two. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3
  }
  return bytes
}

/** Only these are escapes; before anything else a backslash stays (`\.` is two characters). */
function unescape(raw: string): string {
  return raw.replace(/\\(["'\\trn])/g, (_all, char: string) => escapes[char] ?? char)
}

/** One text being read; `next` is called until it says `end` or `error`. */
export class Lexer {
  /** The comments met since the last call of `takeComments`, in order. */
  private comments: Comment[] = []
  private readonly text: string
  private at = 0
  private line = 1

  constructor(text: string) {
    this.text = text
  }

  takeComments(): Comment[] {
    const taken = this.comments
    this.comments = []
    return taken
  }

  /** Follows ngx_conf_read_token step by step; the states have nginx's names. */
  next(): Token {
    const words: string[] = []
    const { text } = this
    let lastSpace = true
    let needSpace = false
    let variable = false
    let escaped = false
    let quote = ''
    let comment: number | undefined
    let start = this.at
    let startLine = this.line
    let bytesSinceStart = 0

    for (;;) {
      const char = text[this.at]
      if (char === undefined) {
        if (comment !== undefined) this.addComment(comment, words.length > 0)
        if (words.length > 0 || !lastSpace) return this.unfinished(quote, startLine, words[0])
        return { kind: 'end', line: this.line }
      }
      const bytes = utf8Length(char)
      if (bytesSinceStart + bytes > longestParameter) return this.tooLong(quote, start, startLine)
      bytesSinceStart += bytes
      this.at++

      if (char === '\n') {
        if (comment !== undefined) this.addComment(comment, words.length > 0)
        comment = undefined
        this.line++
      }
      if (comment !== undefined) continue
      if (escaped) {
        escaped = false
        continue
      }
      if (needSpace) {
        if (isSpace(char)) {
          lastSpace = true
          needSpace = false
          continue
        }
        if (char === ';') return { kind: 'statement', words, line: this.line }
        if (char === '{') return { kind: 'open', words, line: this.line }
        // `if ($a = "b")`: a closing parenthesis behind a quote begins the next word.
        if (char !== ')') return this.unexpected(char, words)
        lastSpace = true
        needSpace = false
      }

      if (lastSpace) {
        start = this.at - 1
        startLine = this.line
        bytesSinceStart = bytes
        if (isSpace(char)) continue
        if (char === ';' || char === '{') {
          if (words.length === 0) return this.unexpected(char, words)
          return { kind: char === ';' ? 'statement' : 'open', words, line: this.line }
        }
        if (char === '}') {
          if (words.length > 0) return this.unexpected(char, words)
          return { kind: 'close', line: this.line }
        }
        if (char === '#') {
          comment = this.at
          continue
        }
        lastSpace = false
        if (char === '\\') escaped = true
        else if (char === '$') variable = true
        else if (char === '"' || char === "'") {
          quote = char
          start++
          bytesSinceStart = 0
        }
        continue
      }

      if (char === '{' && variable) continue
      variable = false
      if (char === '\\') {
        escaped = true
        continue
      }
      if (char === '$') {
        variable = true
        continue
      }
      if (quote !== '') {
        if (char !== quote) continue
        quote = ''
        needSpace = true
      } else if (isSpace(char) || char === ';' || char === '{') {
        lastSpace = true
      } else {
        continue
      }
      words.push(unescape(text.slice(start, this.at - 1)))
      if (char === ';') return { kind: 'statement', words, line: this.line }
      if (char === '{') return { kind: 'open', words, line: this.line }
    }
  }

  private addComment(start: number, inStatement: boolean): void {
    const end = this.text[this.at - 1] === '\n' ? this.at - 1 : this.at
    const text = this.text.slice(start, end).replace(/\r$/, '')
    this.comments.push({ text, line: this.line, inStatement })
  }

  private unexpected(char: string, words: readonly string[]): Token {
    return { kind: 'error', message: `unexpected "${char}"`, fix: fixFor(char, words), line: this.line }
  }

  private unfinished(quote: string, startLine: number, name: string | undefined): Token {
    const message = 'unexpected end of file, expecting ";" or "}"'
    const fix =
      quote === ''
        ? `end ${name === undefined ? 'the last word' : `"${name}"`} with ";"`
        : `close the ${quote} that is opened in line ${startLine}`
    return { kind: 'error', message, fix, line: this.line }
  }

  /** nginx names the line the word began in. */
  private tooLong(quote: string, start: number, line: number): Token {
    if (quote !== '') {
      const message = `too long parameter, probably missing terminating "${quote}" character`
      return { kind: 'error', message, fix: `close the ${quote} that is opened here`, line }
    }
    const message = `too long parameter "${firstBytes(this.text.slice(start, start + 10), 10)}..." started`
    const fix = `one word or comment may be at most ${longestParameter - 1} bytes long; break it up`
    return { kind: 'error', message, fix, line }
  }
}

function fixFor(char: string, words: readonly string[]): string {
  const name = words[0]
  if (char === '}' && name !== undefined) return `end "${name}" with ";" before the "}"`
  if (name !== undefined) return 'put a space or ";" behind the closing quote'
  if (char === ';') return 'remove it: there is no directive in front of it'
  return 'name the block in front of the "{"'
}

/** Unlike nginx, which cuts through a character, only whole ones. */
function firstBytes(text: string, limit: number): string {
  let taken = ''
  for (const char of text) {
    if (utf8Length(taken + char) > limit) break
    taken += char
  }
  return taken
}
