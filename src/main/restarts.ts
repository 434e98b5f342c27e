/** When a process that ended by itself is started again. */

// As many as a machine in trouble may see; more would only make it worse.
const mostRestarts = 5
const withinMs = 60_000
// The first restart is at once for a person, the fifth after 4 s.
const firstPauseMs = 250

/** How long to wait, in milliseconds, given when it ended before (newest last, this time included); undefined: not again. */
export function restartPause(endings: readonly number[], now: number): number | undefined {
  const recent = endings.filter((at) => now - at < withinMs).length
  return recent > mostRestarts ? undefined : firstPauseMs * 2 ** Math.max(0, recent - 1)
}
