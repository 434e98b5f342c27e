/**
 * Work that is only worth doing for the newest value: while it is under way one value waits, and a newer one takes
 * its place. So the last value is always worked on, the ones between may never be, and no two run at a time.
 */
export class LatestOnly<T> {
  private readonly work: (value: T) => Promise<void>
  private waiting: { readonly value: T } | undefined
  private running: Promise<void> | undefined

  constructor(work: (value: T) => Promise<void>) {
    this.work = work
  }

  /**
   * Works on `value` as soon as what is under way has ended, unless a newer value comes before. The promise is
   * settled when nothing is left to do; it fails if the work on the last value failed.
   */
  submit(value: T): Promise<void> {
    this.waiting = { value }
    this.running ??= this.run()
    return this.running
  }

  private async run(): Promise<void> {
    // Not in the caller's turn: values that are submitted together are one piece of work.
    await Promise.resolve()
    let failed = false
    let failure: unknown
    for (let next = this.take(); next !== undefined; next = this.take()) {
      failed = false
      try {
        await this.work(next.value)
      } catch (error) {
        failed = true
        failure = error
      }
    }
    this.running = undefined
    if (failed) throw failure
  }

  private take(): { readonly value: T } | undefined {
    const next = this.waiting
    this.waiting = undefined
    return next
  }
}
