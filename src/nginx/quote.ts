const controls: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * One word as nginx text, quoted only where ngx_conf_read_token would otherwise read something else.
 * Law: a text holding only `quote(word)` reads as that word.
 */
export function quote(word: string): string {
  const mark = quoteMark(word)
  return mark + escape(word, mark) + mark
}

/** The quote a word needs: none, or the one it does not hold itself. */
function quoteMark(word: string): '' | '"' | "'" {
  if (!needsQuotes(word)) return ''
  return word.includes('"') && !word.includes("'") ? "'" : '"'
}

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
function escape(word: string, mark: string): string {
  return word.replace(/\\(?=["'\\trn\n\r\t]|$)|["'\n\r\t]/g, (char) => {
    if (char === '"' || char === "'") return char === mark ? `\\${char}` : char
    return controls[char] ?? '\\\\'
  })
}
