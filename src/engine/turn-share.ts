/**
 * Large bodies share the turns of the event loop: in each so many bytes of them are moved, and whoever has more to move
 * goes on in the next ones, one piece each, in the order they came. Without that, five hundred clients of large answers
 * keep everybody else waiting until the kernel holds some megabytes for each of them.
 *
 * Unlike nginx, which sends to a client until that one is full before it looks at the next.
 */

/** A body that is moved piece by piece. */
export interface Flow {
  /** Its turn has come: it moves the piece it asked for. */
  goOn(): void
}

/** A piece below this is moved without asking. */
export const largePiece = 16_384
// Measured: less costs downloads of a GiB time, more keeps small requests waiting (about a millisecond a turn here).
const bytesInTurn = 524_288

// Newcomers hold large bodies up for so many turns in a row at most.
const mostHeldUp = 16

let left = bytesInTurn
let begun = false
let waiting: { flow: Flow; bytes: number }[] = []
let newcomers = false
let heldUp = 0

/** True: a piece of so many bytes may be moved now. False: `goOn` is called when it may. */
export function mayMove(flow: Flow, bytes: number): boolean {
  begin()
  if (left > 0 && waiting.length === 0) {
    left -= bytes
    return true
  }
  waiting.push({ flow, bytes })
  return false
}

/**
 * Somebody has come in. One is accepted in each turn, so large bodies wait for a few turns, as more may be waiting to
 * get in.
 */
export function newcomer(): void {
  begin()
  newcomers = true
  left = 0
}

function begin(): void {
  if (begun) return
  begun = true
  setImmediate(nextTurn)
}

function nextTurn(): void {
  begun = false
  heldUp = newcomers ? (heldUp + 1) % mostHeldUp : 0
  newcomers = false
  left = heldUp > 0 ? 0 : bytesInTurn
  if (waiting.length === 0) return
  begin()
  let at = 0
  // What those that go on ask for comes behind those that wait already.
  for (let next = waiting[0]; next && left > 0; next = waiting[++at]) {
    left -= next.bytes
    next.flow.goOn()
  }
  waiting = waiting.slice(at)
}
