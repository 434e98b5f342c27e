/** The words of nginx text by kind, for colouring only: what is shown may be half written. */

export type TokenKind = 'name' | 'variable' | 'string' | 'comment' | 'number' | 'brace'

export interface Token {
  readonly from: number
  readonly to: number
  readonly kind: TokenKind
}

const pattern =
  /(#[^\n]*)|("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|([{};])|((?:\\.|\$\{\w*\}?|[^\s;{}"'#\\]|(?<=\S)[#"'])+)/gs
const variable = /\$(?:\{\w+\}|\w+)/g

/** `atStart`: whether a directive's name may come first, as at the beginning of a file. */
export function nginxTokens(text: string, atStart = true): Token[] {
  const tokens: Token[] = []
  let nameNext = atStart
  for (const match of text.matchAll(pattern)) {
    const from = match.index
    const to = from + match[0].length
    const [, comment, string, punctuation] = match
    if (comment !== undefined) {
      // A comment ends with its line, whatever else the pattern took.
      tokens.push({ from, to, kind: 'comment' })
      continue
    }
    if (punctuation !== undefined) {
      if (punctuation !== ';') tokens.push({ from, to, kind: 'brace' })
      nameNext = true
      continue
    }
    if (nameNext) tokens.push({ from, to, kind: 'name' })
    else if (string !== undefined) tokens.push(...withVariables(match[0], from, 'string'))
    else if (/^\d+(?:\.\d+)?(?:ms|[kmgsdhwyM]|r\/[sm])?$/i.test(match[0]))
      tokens.push({ from, to, kind: 'number' })
    else tokens.push(...withVariables(match[0], from, undefined))
    nameNext = false
  }
  return tokens
}

function withVariables(text: string, at: number, kind: TokenKind | undefined): Token[] {
  const tokens: Token[] = []
  let end = 0
  const rest = (to: number): void => {
    if (kind && to > end) tokens.push({ from: at + end, to: at + to, kind })
  }
  for (const match of text.matchAll(variable)) {
    rest(match.index)
    end = match.index + match[0].length
    tokens.push({ from: at + match.index, to: at + end, kind: 'variable' })
  }
  rest(text.length)
  return tokens
}
