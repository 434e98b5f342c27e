/** How large the map is drawn, and what stays under the pointer while it changes. */

export const leastZoom = 0.3
export const mostZoom = 2

/** One step of a button or a key. */
const step = 1.2

/** The next size up (`1`) or down (`-1`). Near life size it is life size. */
export function zoomBy(zoom: number, direction: 1 | -1): number {
  const next = direction > 0 ? zoom * step : zoom / step
  const clamped = Math.max(leastZoom, Math.min(mostZoom, next))
  return Math.abs(clamped - 1) < 0.05 ? 1 : clamped
}

/** The size at which all of it is in sight, life size at most. */
export function zoomToFit(
  content: { width: number; height: number },
  view: { width: number; height: number },
): number {
  const fit = Math.min(view.width / content.width, view.height / content.height, 1)
  return Math.max(leastZoom, fit)
}

/** Where to scroll so that the point at `anchor` (pixels from the view's edge) stays where it is. */
export function scrollFor(scroll: number, anchor: number, before: number, after: number): number {
  return ((scroll + anchor) * after) / before - anchor
}
