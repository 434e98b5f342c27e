/** A pattern and how far it has been read. */

/** What is wrong, in PCRE's words, and where: an offset into the pattern. */
export class PatternError extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

export class Cursor {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get ended(): boolean {
    return this.at >= this.text.length
  }

  wrong(message: string, offset = this.at): PatternError {
    return new PatternError(message, offset)
  }

  peek(text: string): boolean {
    return this.text.startsWith(text, this.at)
  }

  take(text: string): boolean {
    if (!this.peek(text)) return false
    this.at += text.length
    return true
  }

  /** What a sticky expression finds here. */
  match(regex: RegExp): RegExpExecArray | undefined {
    regex.lastIndex = this.at
    const match = regex.exec(this.text)
    if (match) this.at += match[0].length
    return match ?? undefined
  }
}
