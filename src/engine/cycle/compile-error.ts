import type { Problem } from '../../base/problem.ts'

/** A mistake in a configuration whose way out is known. */
export class FixableError extends Error {
  readonly fix: string | undefined

  constructor(message: string, fix?: string) {
    super(message)
    this.fix = fix
  }
}

/** Collects what is wrong while a configuration is compiled; a directive's error never stops the others. */
export class Problems {
  readonly list: Problem[] = []

  /** Runs a step; what it throws becomes an error at this path, in nginx's words. */
  try<T>(path: readonly string[], run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.error(path, error.message, error instanceof FixableError ? error.fix : undefined)
      return undefined
    }
  }

  error(path: readonly string[], message: string, fix?: string): void {
    this.list.push({ severity: 'error', code: 'compile', message, path, ...(fix !== undefined && { fix }) })
  }

  warn(path: readonly string[], message: string, fix?: string): void {
    this.list.push({ severity: 'warning', code: 'compile', message, path, ...(fix !== undefined && { fix }) })
  }
}
