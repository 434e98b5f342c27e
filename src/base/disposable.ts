/** Something with a lifetime. Ending it a second time does nothing. */
export interface Disposable {
  dispose(): void
}

/** A disposable that runs `end`, once. */
export function disposable(end: () => void): Disposable {
  let ended = false
  return {
    dispose() {
      if (ended) return
      ended = true
      end()
    },
  }
}

/** Things that end together, the last one first. What is added after the end ends at once. */
export class Disposables implements Disposable {
  private readonly held: Disposable[] = []
  private ended = false

  /** Hands back what it was given, so that a thing can be made and kept in one line. */
  add<T extends Disposable>(thing: T): T {
    if (this.ended) thing.dispose()
    else this.held.push(thing)
    return thing
  }

  /** Ends everything, whatever one of them throws; what they threw is thrown afterwards. */
  dispose(): void {
    this.ended = true
    const errors: unknown[] = []
    for (let thing = this.held.pop(); thing !== undefined; thing = this.held.pop()) {
      try {
        thing.dispose()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1)
      throw new AggregateError(errors, `${errors.length} things did not end as they should`)
  }
}
