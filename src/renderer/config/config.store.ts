/**
 * The configuration as this window sees it. What is saved comes by one road, the stream; what somebody
 * edits is the draft, a copy with undo. Applying sends the draft; the stream brings what became of it.
 */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { hasErrors, type Problem } from '../../base/problem.ts'
import { diff } from '../../config/diff.ts'
import type { Config } from '../../config/model.ts'
import type { ConfigState } from '../../contract/configuration.ts'
import { validate } from '../../config/validate.ts'
import { useHost } from '../host/host.ts'
import { ask } from '../host/ask.ts'
import { plural } from '../ui/format.ts'
import { useToasts } from '../ui/toasts.ts'
import { forgetDraft, keepDraft, keptDraft } from './draft-memory.ts'
import { noHistory, record, redo as redone, undo as undone } from './draft-history.ts'
import { merge } from './merge.ts'

// 200 ms after the last edit: as one pauses, not as one types.
const checkAfterMs = 200

export const useConfig = defineStore('config', () => {
  const host = useHost()
  const toasts = useToasts()

  const saved = shallowRef<ConfigState>()
  /** What the draft began with; conflicts are told by its revision. */
  const base = shallowRef<ConfigState>()
  const history = shallowRef(noHistory)
  const draftProblems = shallowRef<readonly Problem[]>([])
  const checking = shallowRef(false)
  const applying = shallowRef(false)
  let appliedRevision = 0

  const draft = computed(() => history.value.past.at(-1)?.config)
  /** What the pages show and edit: the draft, or what is saved. */
  const config = computed<Config>(() => draft.value ?? saved.value?.config ?? {})
  const changes = computed(() => (base.value && draft.value ? diff(base.value.config, draft.value) : []))
  const problems = computed(() => (draft.value ? draftProblems.value : (saved.value?.problems ?? [])))
  const blocked = computed(() => hasErrors(draftProblems.value))
  /** Somebody else applied while this window had a draft. */
  const conflict = computed(
    () =>
      draft.value !== undefined && base.value !== undefined && saved.value?.revision !== base.value.revision,
  )
  const theirChanges = computed(() =>
    conflict.value && base.value && saved.value ? diff(base.value.config, saved.value.config) : [],
  )
  const canUndo = computed(() => history.value.past.length > 0)
  const canRedo = computed(() => history.value.future.length > 0)

  host.watch('config.watch', (state) => {
    const first = saved.value === undefined
    saved.value = state
    if (state.recovered && first) toasts.say(state.recovered, { tone: 'problem' })
    if (draft.value && state.revision === appliedRevision) dropDraft()
    else if (!draft.value) base.value = state
    if (first) restoreKept(state)
  })

  function restoreKept(state: ConfigState): void {
    const kept = keptDraft()
    if (!kept || diff(kept.base.config, kept.draft).length === 0) return forgetDraft()
    // The same revision number may name another configuration when the state folder was changed.
    base.value = kept.base.revision === state.revision ? state : kept.base
    history.value = record(noHistory, { config: kept.draft, label: 'draft', at: 0 })
    toasts.say('The draft you left is back.', {
      tone: 'note',
      action: { label: 'Discard', run: discard },
    })
  }

  /** Edits the draft; `label` says what, and edits with one label in quick succession are one undo step. */
  function edit(label: string, change: (config: Config) => Config): void {
    const before = config.value
    const after = change(before)
    if (after === before || !saved.value) return
    base.value ??= saved.value
    history.value = record(history.value, { config: after, label, at: Date.now() })
  }

  function undo(): void {
    history.value = undone(history.value)
  }

  function redo(): void {
    history.value = redone(history.value)
  }

  function dropDraft(): void {
    history.value = noHistory
    base.value = saved.value
    draftProblems.value = []
    appliedRevision = 0
  }

  function discard(): void {
    const [before, from] = [history.value, base.value]
    dropDraft()
    toasts.say('The draft is discarded.', {
      tone: 'note',
      action: {
        label: 'Undo',
        run: () => {
          history.value = before
          base.value = from
        },
      },
    })
  }

  let checks = 0
  async function check(): Promise<readonly Problem[] | undefined> {
    const checked = draft.value
    if (!checked) return undefined
    const mine = ++checks
    // What can be told here is told at once; the host also knows files, ports and names of this machine.
    draftProblems.value = validate(checked)
    checking.value = true
    try {
      const answer = await host.call('config.check', { config: checked })
      if (mine === checks) draftProblems.value = answer.problems
      return answer.problems
    } catch {
      // Not connected, or the check itself failed; applying checks again and says so.
      return undefined
    } finally {
      if (mine === checks) checking.value = false
    }
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  watch(draft, (now) => {
    clearTimeout(timer)
    checks++
    checking.value = false
    if (now) timer = setTimeout(() => void check(), checkAfterMs)
    else draftProblems.value = []
    // A draft undone to nothing follows what is saved again.
    if (!now) base.value = saved.value
    if (now && base.value) keepDraft({ base: base.value, draft: now })
    else forgetDraft()
  })

  /** Applies the draft. Resolves when the host has answered; the stream then brings the new state. */
  async function apply(note?: string): Promise<boolean> {
    const wanted = draft.value
    const from = base.value
    if (!wanted || !from || applying.value) return false
    applying.value = true
    const count = changes.value.length
    const result = await ask('apply', () =>
      host.call('config.apply', { baseRevision: from.revision, config: wanted, note }),
    )
    applying.value = false
    if (!result) return false
    if (result.outcome === 'invalid') {
      draftProblems.value = result.problems
      toasts.say(firstError(result.problems), { tone: 'problem' })
      return false
    }
    // The stream shows the other's revision; the bar then offers what can be done.
    if (result.outcome === 'conflict') return false
    appliedRevision = result.revision
    if (saved.value?.revision === result.revision) dropDraft()
    toasts.say(`Applied ${plural(count, 'change')}: revision ${result.revision}.`, {
      action: { label: 'Undo', run: () => edit('undo of what was applied', () => from.config) },
    })
    return true
  }

  /** Brings what somebody else applied into the draft. */
  function mergeTheirs(): void {
    const [from, mine, theirs] = [base.value, draft.value, saved.value]
    if (!from || !mine || !theirs) return
    const merged = merge(from.config, mine, theirs.config)
    base.value = theirs
    history.value = record(history.value, { config: merged.config, label: 'their changes', at: Date.now() })
    const clashes = merged.clashes.length
    toasts.say(
      clashes === 0
        ? 'Their changes are in your draft.'
        : `Their changes are in your draft; in ${plural(clashes, 'place')} both changed, and yours stayed.`,
      { tone: 'note' },
    )
  }

  /** Keeps the draft as it is, to be applied over what somebody else applied. */
  function keepMine(): void {
    if (saved.value) base.value = saved.value
  }

  return {
    saved,
    draft,
    config,
    changes,
    problems,
    blocked,
    conflict,
    theirChanges,
    checking,
    applying,
    canUndo,
    canRedo,
    edit,
    undo,
    redo,
    discard,
    check,
    apply,
    mergeTheirs,
    keepMine,
  }
})

function firstError(problems: readonly Problem[]): string {
  const error = problems.find((problem) => problem.severity === 'error')
  if (!error) return 'It was not applied.'
  return `Not applied: ${error.message}${error.fix ? `; ${error.fix}` : ''}`
}
