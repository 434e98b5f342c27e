/**
 * CodeMirror in a shadow root: there its styles are adopted sheets, which `style-src 'self'` allows. Colours
 * come from the window's tokens, which reach into the shadow root.
 */
import { closeBrackets } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentUnit } from '@codemirror/language'
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, RangeSetBuilder } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'
import { nginxTokens } from './nginx-tokens.ts'

/** Something to say about a line; `line` counts from 1. */
export interface Marker {
  readonly line: number
  readonly severity: 'error' | 'warning' | 'note'
  readonly message: string
}

export interface CodeEditor {
  /** Shows another text; nothing happens when it is the one that is there. */
  show(text: string): void
  mark(markers: readonly Marker[]): void
  dispose(): void
}

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--text-1)', backgroundColor: 'transparent', fontSize: '12px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '18px', scrollbarWidth: 'thin' },
  '.cm-content': { caretColor: 'var(--accent)', padding: '8px 0' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--text-3)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 8px 0 12px', minWidth: '32px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in oklab, var(--text-3) 8%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--accent) 26%, transparent)',
  },
  '.cm-matchingBracket': { backgroundColor: 'color-mix(in oklab, var(--accent) 24%, transparent)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface-3)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
    color: 'var(--text-1)',
  },
  '.cm-panels': { backgroundColor: 'var(--surface-2)', color: 'var(--text-1)' },
  '.cm-searchMatch': { backgroundColor: 'color-mix(in oklab, var(--warning) 30%, transparent)' },
  '.tok-name': { color: 'var(--accent)' },
  '.tok-variable': { color: 'var(--redirect)' },
  '.tok-string': { color: 'var(--ok)' },
  '.tok-comment': { color: 'var(--text-3)', fontStyle: 'italic' },
  '.tok-number': { color: 'var(--client-error)' },
  '.tok-brace': { color: 'var(--text-3)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--server-error)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warning)' },
})

const marks = Object.fromEntries(
  (['name', 'variable', 'string', 'comment', 'number', 'brace'] as const).map((kind) => [
    kind,
    Decoration.mark({ class: `tok-${kind}` }),
  ]),
)

/** Colours what is in sight. */
const nginxColours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = coloursOf(view)
    }
    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = coloursOf(update.view)
    }
  },
  { decorations: (plugin) => plugin.decorations },
)

function coloursOf(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  for (const { from, to } of view.visibleRanges) {
    const before = /[^\s]\s*$/.exec(view.state.sliceDoc(Math.max(0, from - 200), from))?.[0].trim() ?? ''
    const atStart = before === '' || /[;{}]/.test(before)
    for (const token of nginxTokens(view.state.sliceDoc(from, to), atStart)) {
      const mark = marks[token.kind]
      if (mark) builder.add(from + token.from, from + token.to, mark)
    }
  }
  return builder.finish()
}

export function openEditor(
  box: HTMLElement,
  options: {
    text: string
    label: string
    editable: boolean
    language: 'nginx' | 'plain'
    onChange(text: string): void
  },
): CodeEditor {
  const root = box.shadowRoot ?? box.attachShadow({ mode: 'open' })
  const holder = document.createElement('div')
  holder.style.height = '100%'
  root.append(holder)
  const view = new EditorView({
    root,
    parent: holder,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        drawSelection(),
        indentUnit.of('    '),
        bracketMatching(),
        search({ top: true }),
        highlightSelectionMatches(),
        ...(options.language === 'nginx' ? [nginxColours] : []),
        theme,
        EditorView.contentAttributes.of({ 'aria-label': options.label, tabindex: '0' }),
        ...(options.editable
          ? [history(), closeBrackets(), highlightActiveLine(), lintGutter()]
          : [EditorState.readOnly.of(true)]),
        keymap.of([
          ...searchKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          ...(options.editable ? [indentWithTab] : []),
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !showing) options.onChange(update.state.doc.toString())
        }),
      ],
    }),
  })
  let showing = false

  return {
    show(text) {
      const before = view.state.doc.toString()
      if (before === text) return
      showing = true
      view.dispatch({ changes: smallestChange(before, text) })
      showing = false
    },
    mark(markers) {
      const diagnostics = markers
        .filter(({ line }) => line >= 1 && line <= view.state.doc.lines)
        .map(({ line, severity, message }): Diagnostic => {
          const { from, to } = view.state.doc.line(line)
          return { from, to, severity: severity === 'note' ? 'info' : severity, message }
        })
      view.dispatch(setDiagnostics(view.state, diagnostics))
    },
    dispose() {
      view.destroy()
      holder.remove()
    },
  }
}

/** Only what differs is replaced, so that the cursor stays where it is. */
function smallestChange(before: string, after: string): { from: number; to: number; insert: string } {
  let from = 0
  const shorter = Math.min(before.length, after.length)
  while (from < shorter && before[from] === after[from]) from++
  let end = 0
  while (end < shorter - from && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  return { from, to: before.length - end, insert: after.slice(from, after.length - end) }
}
