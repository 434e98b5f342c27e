/** The modules that make content of their own, in nginx's order. */
import type { CompileContext } from '../cycle/compile-context.ts'
import type { ContentHandler, LocationSettings } from '../cycle/settings.ts'

import { stubStatus } from './stub-status.ts'

/** Makes a location's content handler, or none where its settings do not ask for it. */
export type ContentFactory = (
  settings: LocationSettings,
  context: CompileContext,
) => ContentHandler | undefined

const contents: readonly ContentFactory[] = [stubStatus]

/** What serves a location that is not proxied. */
export function contentOf(settings: LocationSettings, context: CompileContext): ContentHandler | undefined {
  for (const make of contents) {
    const handler = make(settings, context)
    if (handler) return handler
  }
  return undefined
}
