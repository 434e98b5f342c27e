/** The local overlay: what is switched off and mapped on this machine. It takes effect at once, without a draft. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { defaultLocal, type Local } from '../../config/local.ts'
import { pathKey, type ConfigPath } from '../../config/path.ts'
import type { ApplyResult, LocalState } from '../../contract/configuration.ts'
import { ask } from '../host/ask.ts'
import { useHost } from '../host/host.ts'
import { useToasts } from '../ui/toasts.ts'

export const useLocal = defineStore('local', () => {
  const host = useHost()
  const toasts = useToasts()
  const state = shallowRef<LocalState>()
  /** Routes whose switch was moved and whose answer is under way. */
  const switching = ref(new Set<string>())

  const local = computed<Local>(() => state.value?.local ?? defaultLocal)
  const off = computed(() => new Set(local.value.off))

  host.watch('local.watch', (now) => (state.value = now))

  function isOff(path: ConfigPath): boolean {
    return off.value.has(pathKey(path))
  }

  /** Whether this route, or one around it, is switched off. */
  function isDry(path: ConfigPath): boolean {
    return path.some((_segment, index) => off.value.has(pathKey(path.slice(0, index + 1))))
  }

  /** Asks the host to switch; the switch itself moves when the stream says so. */
  async function switchRoute(path: ConfigPath, on: boolean): Promise<void> {
    const route = pathKey(path)
    switching.value.add(route)
    const result = await ask(on ? 'switch the route on' : 'switch the route off', () =>
      host.call('local.switch', { route, on }),
    )
    switching.value.delete(route)
    if (result) sayRefusal(result)
  }

  /** Changes the overlay; when somebody else changed it meanwhile, the change is made to theirs. */
  async function change(edit: (local: Local) => Local): Promise<boolean> {
    for (let tries = 0; tries < 3; tries++) {
      const from = state.value
      if (!from) return false
      const baseRevision = from.revision
      const result = await ask('change the local settings', () =>
        host.call('local.apply', { baseRevision, local: edit(from.local) }),
      )
      if (!result) return false
      if (result.outcome !== 'conflict') return sayRefusal(result)
      if (state.value === from) await nextState()
    }
    return false
  }

  function nextState(): Promise<void> {
    return new Promise((resolve) => {
      const stop = host.watch('local.watch', (now) => {
        state.value = now
        queueMicrotask(() => stop())
        resolve()
      })
    })
  }

  function sayRefusal(result: ApplyResult): boolean {
    if (result.outcome !== 'invalid') return result.outcome === 'applied'
    const [problem] = result.problems
    toasts.say(problem ? [problem.message, problem.fix].filter(Boolean).join('; ') : 'It was not applied.', {
      tone: 'problem',
    })
    return false
  }

  return { state, local, switching, isOff, isDry, switchRoute, change }
})
