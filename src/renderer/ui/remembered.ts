/**
 * Small things this window remembers between starts (sizes, theme, what is folded): before the host is
 * asked, so that nothing jumps when it answers.
 */
import { ref, watch, type Ref } from 'vue'

const prefix = 'sluicegate.'

/** A ref that begins with what was remembered under `name`, and remembers what it is set to. */
export function remembered<T>(name: string, initial: T): Ref<T> {
  const value = ref(recall(name, initial)) as Ref<T>
  watch(value, (now) => store(name, now), { deep: true })
  return value
}

function recall<T>(name: string, initial: T): T {
  try {
    const text = localStorage.getItem(prefix + name)
    return text === null ? initial : (JSON.parse(text) as T)
  } catch {
    // Storage may be forbidden, or hold what an older version wrote: the default is right then.
    return initial
  }
}

function store(name: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value))
  } catch {
    // Forbidden or full: nothing is lost but the memory.
  }
}
