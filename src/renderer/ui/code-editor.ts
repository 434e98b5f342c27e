/**
 * CodeMirror in a shadow root: there its styles are adopted sheets, which `style-src 'self'` allows. Colours
 * come from the window's tokens, which reach into the shadow root.
 */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  snippetCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentUnit } from '@codemirror/language'
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, RangeSetBuilder, type Extension } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  hoverTooltip,
  keymap,
  type Tooltip,
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

/** One thing that may be typed; in `insert`, `${}` is where the cursor goes. */
export interface Offer {
  readonly label: string
  readonly kind: string
  readonly detail?: string
  readonly doc?: string
  readonly insert?: string
}

/** What an editor knows of its language beyond colours; offsets count from 0. */
export interface Assist {
  /** `asked`: somebody pressed a key for it. */
  complete(
    text: string,
    offset: number,
    asked: boolean,
  ): { readonly from: number; readonly offers: readonly Offer[] } | undefined
  /** The lines of a small note about what stands there; the first is code. */
  explain(
    text: string,
    offset: number,
  ):
    | {
        readonly from: number
        readonly to: number
        readonly lines: readonly string[]
        readonly link?: string
      }
    | undefined
}

export interface CodeEditor {
  /** Brings a line into sight, counting from 1, and puts the cursor there. */
  reveal(line: number): void
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
  '.cm-changedLine, &.cm-merge-b .cm-changedLine': {
    backgroundColor: 'color-mix(in oklab, var(--ok) 14%, transparent)',
  },
  '&.cm-merge-b .cm-changedText': {
    background: 'color-mix(in oklab, var(--ok) 26%, transparent)',
  },
  '.cm-deletedChunk': { backgroundColor: 'color-mix(in oklab, var(--server-error) 12%, transparent)' },
  '.cm-deletedChunk .cm-deletedText': {
    background: 'color-mix(in oklab, var(--server-error) 26%, transparent)',
  },
  '.cm-changeGutter': { width: '3px' },
  '.cm-collapsedLines': {
    background: 'var(--surface-2)',
    color: 'var(--text-2)',
    padding: '2px 8px',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface-3)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
    color: 'var(--text-1)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', maxHeight: '260px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px 3px 8px', lineHeight: '18px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent-fill)',
    color: 'var(--on-accent)',
  },
  '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal', marginLeft: '12px' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionIcon': { opacity: '0.8', width: '16px', paddingRight: '6px' },
  '.cm-completionIcon-directive::after': { content: "'·'" },
  '.cm-completionIcon-block::after': { content: "'{}'", fontSize: '10px' },
  '.cm-completionIcon-variable::after': { content: "'$'" },
  '.cm-completionIcon-name::after': { content: "'@'" },
  '.cm-completionIcon-word::after': { content: "'a'" },
  '.cm-tooltip.cm-completionInfo': {
    padding: '8px 10px',
    maxWidth: '320px',
    fontFamily: 'var(--font-sans)',
    lineHeight: '18px',
  },
  '.note': { padding: '8px 10px', maxWidth: '460px', fontFamily: 'var(--font-sans)', lineHeight: '18px' },
  '.note p': { margin: '2px 0' },
  '.note p:first-child': { fontFamily: 'var(--font-mono)', color: 'var(--accent)' },
  '.note a': { color: 'var(--accent)' },
  '.cm-tooltip-lint': { fontFamily: 'var(--font-sans)', maxWidth: '480px' },
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

/** Completion and notes, as the language has them. */
function assisted(assist: Assist, editable: boolean): Extension[] {
  const source = (context: CompletionContext): CompletionResult | null => {
    const found = assist.complete(context.state.doc.toString(), context.pos, context.explicit)
    if (!found) return null
    // The list stays while a word is typed; behind anything else it is asked for anew.
    return { from: found.from, options: found.offers.map(completionOf), validFor: /^[\w@:=./-]*$/ }
  }
  const note = (view: EditorView, at: number): Tooltip | null => {
    const found = assist.explain(view.state.doc.toString(), at)
    return found
      ? { pos: found.from, end: found.to, above: true, create: () => ({ dom: noteOf(found) }) }
      : null
  }
  return [
    hoverTooltip(note, { hoverTime: 350 }),
    ...(editable
      ? [autocompletion({ override: [source], activateOnCompletion: () => true, maxRenderedOptions: 80 })]
      : []),
  ]
}

function completionOf({ label, kind, detail, doc, insert }: Offer, index: number): Completion {
  const shown: Completion = {
    label,
    type: kind,
    // Own names come first, and what a language lists first stays in front.
    boost: kind === 'name' || detail === 'yours' ? 20 : -index / 1000,
    ...(detail && { detail }),
    ...(doc && { info: doc }),
  }
  return insert === undefined ? shown : snippetCompletion(insert, shown)
}

function noteOf({ lines, link }: { lines: readonly string[]; link?: string }): HTMLElement {
  const note = document.createElement('div')
  note.className = 'note'
  for (const line of lines) {
    const text = document.createElement('p')
    text.textContent = line
    note.append(text)
  }
  if (link !== undefined) {
    const anchor = document.createElement('a')
    anchor.href = link
    anchor.target = '_blank'
    anchor.rel = 'noreferrer'
    anchor.textContent = link.replace(/^https:\/\//, '')
    note.append(anchor)
  }
  return note
}

export function openEditor(
  box: HTMLElement,
  options: {
    text: string
    label: string
    editable: boolean
    language: 'nginx' | 'plain'
    assist?: Assist | undefined
    /** Another text, against which the differences are shown. */
    original?: string | undefined
    onChange(text: string): void
    /** Where the cursor is. */
    onCursor?(offset: number): void
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
        ...(options.original === undefined
          ? []
          : [
              unifiedMergeView({
                original: options.original,
                mergeControls: false,
                syntaxHighlightDeletions: false,
                collapseUnchanged: { margin: 3, minSize: 6 },
              }),
            ]),
        ...(options.assist ? assisted(options.assist, options.editable) : []),
        theme,
        EditorView.contentAttributes.of({ 'aria-label': options.label, tabindex: '0' }),
        ...(options.editable
          ? [history(), closeBrackets(), highlightActiveLine(), lintGutter()]
          : [EditorState.readOnly.of(true)]),
        keymap.of([
          ...(options.editable ? [...closeBracketsKeymap, ...completionKeymap] : []),
          ...searchKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          ...(options.editable ? [indentWithTab] : []),
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !showing) options.onChange(update.state.doc.toString())
          if (update.docChanged || update.selectionSet) options.onCursor?.(update.state.selection.main.head)
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
    reveal(line) {
      if (line < 1 || line > view.state.doc.lines) return
      const { from } = view.state.doc.line(line)
      view.dispatch({
        selection: { anchor: from },
        effects: EditorView.scrollIntoView(from, { y: 'center' }),
      })
      view.focus()
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
