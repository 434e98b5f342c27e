import { onScopeDispose, watch, type Ref } from 'vue'

/** Calls back with the width of an element in pixels, now and whenever it changes. */
export function useResizeObserver(
  element: Readonly<Ref<HTMLElement | null>>,
  onWidth: (width: number) => void,
): void {
  if (typeof ResizeObserver === 'undefined') return
  const observer = new ResizeObserver(([entry]) => {
    if (entry) onWidth(entry.contentRect.width)
  })
  watch(
    element,
    (now) => {
      observer.disconnect()
      if (now) observer.observe(now)
    },
    { immediate: true },
  )
  onScopeDispose(() => observer.disconnect())
}
