/** A sentence with words of the configuration in it, which are shown in the type of code. */
export interface Piece {
  readonly text: string
  readonly code: boolean
}

/** say`goes to ${url}`: what stands in braces is code; what is empty is said to be so. */
export function say(texts: TemplateStringsArray, ...codes: readonly (string | number)[]): Piece[] {
  return texts.flatMap((text, index) => {
    const code = codes[index]
    const plain = text === '' ? [] : [{ text, code: false }]
    return code === undefined
      ? plain
      : [...plain, { text: code === '' ? '(empty)' : String(code), code: true }]
  })
}

/** The same as one text, for screen readers and tests. */
export function plain(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('')
}
