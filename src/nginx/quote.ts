const controls: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * One word as nginx text, quoted only where ngx_conf_read_token would otherwise read something else.
 * Law: a text holding only `quote(word)` reads as that word. `preferred` is the mark where either would do.
 */
export function quote(word: string, preferred: Mark = '"'): string {
  if (!needsQuotes(word)) return escape(word)
  const other = preferred === '"' ? "'" : '"'
  const mark = word.includes(preferred) && !word.includes(other) ? other : preferred
  return mark + escape(word, mark) + mark
}

export type Mark = '"' | "'"

function needsQuotes(word: string): boolean {
  if (word === '') return true
  if (/[\s;"']/.test(word) || /^[#}]/.test(word)) return true
  // `{` ends a word unless a `$` stands directly before it: `${name}`; `\$` is no such `$`.
  return /(^|[^$])\{|\\\$\{/.test(word)
}

/**
 * A backslash is doubled only where it would be read as an escape, so that `\.php$` stays legible;
 * control characters nginx has an escape for are written with it.
 */
function escape(word: string, mark?: Mark): string {
  return word.replace(/\\(?=["'\\trn\n\r\t]|$)|["'\n\r\t]/g, (char) => {
    if (char === '"' || char === "'") return char === mark ? `\\${char}` : char
    return controls[char] ?? '\\\\'
  })
}
