/**
 * Text as lines of coloured pieces. It is only taken apart, never run and never made into markup: whatever a body
 * holds, the page shows it as text. What is cut off or wrong is shown as far as it goes.
 */

export type PieceKind = 'key' | 'string' | 'number' | 'word' | 'mark' | 'comment' | 'plain'

export interface TextPiece {
  readonly text: string
  readonly kind: PieceKind
}

export interface TextLine {
  readonly indent: number
  readonly pieces: readonly TextPiece[]
}

// A line is one element: a megabyte without a line break becomes many.
const longestLine = 2000

/** The lines as they are. */
export function textLines(text: string): TextLine[] {
  return text
    .split(/\r\n|\n|\r/)
    .flatMap((line) => cutLong({ indent: 0, pieces: [{ text: line, kind: 'plain' }] }))
}

const jsonToken =
  /\s+|("(?:[^"\\]|\\.)*"?)|(-?\d[\d.eE+-]*)|(true|false|null)\b|([{}[\],:])|([^\s"{}[\],:]+)/gy

/**
 * JSON, an element a line. Numbers keep their digits, fields their order and their doubles: what is shown is what came.
 */
export function jsonLines(text: string): TextLine[] {
  const lines: TextLine[] = []
  let pieces: TextPiece[] = []
  let indent = 0
  /** Whether what is open is an object. */
  const open: boolean[] = []
  let keyNext = false
  let begun = 0
  const endLine = (): void => {
    if (pieces.length === 0) return
    lines.push({ indent: begun, pieces })
    pieces = []
  }
  const add = (text: string, kind: PieceKind): void => {
    if (pieces.length === 0) begun = indent
    pieces.push({ text, kind })
  }
  jsonToken.lastIndex = 0
  for (let match = jsonToken.exec(text); match; match = jsonToken.exec(text)) {
    const [whole, string, number, word, mark, other] = match
    if (string !== undefined) add(string, keyNext ? 'key' : 'string')
    else if (number !== undefined) add(number, 'number')
    else if (word !== undefined) add(word, 'word')
    else if (other !== undefined) add(other, 'plain')
    else if (mark === undefined) {
      // Values one after the other, as in ndjson, stand in lines of their own.
      if (open.length === 0 && whole.includes('\n')) endLine()
      continue
    } else if (mark === '{' || mark === '[') {
      add(mark, 'mark')
      if (isEmptyAt(text, jsonToken.lastIndex, mark)) {
        jsonToken.lastIndex = text.indexOf(mark === '{' ? '}' : ']', jsonToken.lastIndex) + 1
        add(mark === '{' ? '}' : ']', 'mark')
        continue
      }
      open.push(mark === '{')
      indent++
      endLine()
    } else if (mark === '}' || mark === ']') {
      endLine()
      open.pop()
      indent = Math.max(0, indent - 1)
      add(mark, 'mark')
    } else if (mark === ',') {
      add(mark, 'mark')
      endLine()
    } else add(': ', 'mark')
    keyNext = open.at(-1) === true && (mark === '{' || mark === ',')
  }
  endLine()
  return lines.flatMap(cutLong)
}

function isEmptyAt(text: string, at: number, mark: string): boolean {
  let next = at
  while (next < text.length && text.charCodeAt(next) <= 32) next++
  return text[next] === (mark === '{' ? '}' : ']')
}

const markupToken =
  /(<!--[^]*?(?:-->|$))|(<!\[CDATA\[[^]*?(?:\]\]>|$))|<([!?/]?)([A-Za-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)(\/?>|$)|([^<]+)|(<)/gy

const voidElements: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
)
/** Their content is no markup, or its spaces count. */
const rawElements: ReadonlySet<string> = new Set(['script', 'style', 'pre', 'textarea'])

/** HTML or XML, an element a line, as deep as it is nested. */
export function markupLines(text: string, isHtml = true): TextLine[] {
  const lines: TextLine[] = []
  let depth = 0
  const push = (indent: number, pieces: TextPiece[]): void => void lines.push({ indent, pieces })
  markupToken.lastIndex = 0
  for (let match = markupToken.exec(text); match; match = markupToken.exec(text)) {
    const [, comment, section, slash = '', name, attributes = '', end = '', words, stray] = match
    if (comment !== undefined) pushEach(push, depth, comment, 'comment')
    else if (section !== undefined) pushEach(push, depth, section, 'plain')
    else if (name !== undefined) {
      const lower = isHtml ? name.toLowerCase() : name
      if (slash === '/') depth = Math.max(0, depth - 1)
      push(depth, [
        { text: `<${slash}`, kind: 'mark' },
        { text: name, kind: 'key' },
        ...attributePieces(attributes.replace(/\s*\/?$/, '')),
        { text: attributes.endsWith('/') && !end.startsWith('/') ? `/${end}` : end, kind: 'mark' },
      ])
      const closed = slash !== '' || end === '/>' || attributes.endsWith('/')
      if (closed || (isHtml && voidElements.has(lower))) continue
      if (isHtml && rawElements.has(lower)) takeRaw(text, lower, depth, push)
      depth++
    } else if (words !== undefined) {
      if (words.trim() !== '') pushEach(push, depth, words.trim(), 'plain')
    } else if (stray !== undefined) push(depth, [{ text: stray, kind: 'plain' }])
  }
  return joinShort(lines).flatMap(cutLong)
}

function takeRaw(
  text: string,
  name: string,
  depth: number,
  push: (indent: number, pieces: TextPiece[]) => void,
): void {
  const from = markupToken.lastIndex
  const end = text.slice(from).search(new RegExp(`</${name}`, 'i'))
  const raw = end < 0 ? text.slice(from) : text.slice(from, from + end)
  markupToken.lastIndex = from + raw.length
  if (raw.trim() !== '') pushEach(push, depth + 1, raw.replace(/^\s*\n|\s+$/g, ''), 'plain')
}

function pushEach(
  push: (indent: number, pieces: TextPiece[]) => void,
  indent: number,
  text: string,
  kind: PieceKind,
): void {
  for (const line of text.split(/\r?\n/)) push(indent, [{ text: line, kind }])
}

function attributePieces(text: string): TextPiece[] {
  return [...text.matchAll(/(\s+)|([^\s=]+)|(=\s*(?:"[^"]*"|'[^']*'|[^\s]+))|(=)/g)].map(
    ([whole, space, name, value]): TextPiece =>
      space !== undefined
        ? { text: ' ', kind: 'plain' }
        : { text: whole, kind: name !== undefined ? 'number' : value !== undefined ? 'string' : 'mark' },
  )
}

/** `<b>`, `text`, `</b>` of three lines is one, where it is short. */
function joinShort(lines: readonly TextLine[]): TextLine[] {
  const joined: TextLine[] = []
  for (const line of lines) {
    joined.push(line)
    const [opening, words, closing] = joined.slice(-3)
    if (!opening || !words || !closing || joined.length < 3) continue
    const isWords = words.pieces.length === 1 && words.pieces[0]?.kind === 'plain'
    if (!isWords || closing.pieces[0]?.text !== '</' || opening.indent !== closing.indent) continue
    if (opening.pieces[0]?.text !== '<' || opening.pieces[1]?.text !== closing.pieces[1]?.text) continue
    const pieces = [...opening.pieces, ...words.pieces, ...closing.pieces]
    if (pieces.reduce((sum, { text }) => sum + text.length, 0) > 100) continue
    joined.splice(-3, 3, { indent: opening.indent, pieces })
  }
  return joined
}

function cutLong(line: TextLine): TextLine[] {
  let size = 0
  for (const { text } of line.pieces) size += text.length
  if (size <= longestLine) return [line]
  const lines: TextLine[] = []
  let pieces: TextPiece[] = []
  let room = longestLine
  for (const { text, kind } of line.pieces) {
    for (let at = 0; at < text.length;) {
      const part = text.slice(at, at + room)
      pieces.push({ text: part, kind })
      at += part.length
      room -= part.length
      if (room > 0) continue
      lines.push({ indent: line.indent, pieces })
      pieces = []
      room = longestLine
    }
  }
  if (pieces.length > 0) lines.push({ indent: line.indent, pieces })
  return lines
}
