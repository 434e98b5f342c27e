import type { CompileContext } from '../cycle/compile-context.ts'
import type { LocationSettings } from '../cycle/settings.ts'
import type { Handler } from '../request/exchange.ts'

/** A module that takes part in a phase. */
export interface Module {
  readonly name: string
  /**
   * Its handlers for these settings; undefined or none where it has nothing to do there. `path`: the block
   * problems are told at.
   */
  handler(settings: LocationSettings, context: CompileContext, path: readonly string[]): Handler[] | undefined
}
