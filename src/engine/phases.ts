/**
 * The ordered list of phases: the table of contents of the engine. Handlers run in nginx's order; a
 * location's list holds only those that its settings need.
 */
import type { CompileContext } from './cycle/compile-context.ts'
import type { LocationSettings, ServerSettings } from './cycle/settings.ts'
import { contentPhase } from './modules/content.ts'
import { findConfig } from './modules/find-config.ts'
import type { Module } from './modules/module.ts'
import type { Handler } from './request/exchange.ts'

interface Phase {
  readonly name: string
  readonly modules: readonly Module[]
}

/**
 * nginx's phases after find-config. Before it come post-read (real_ip) and server-rewrite, with
 * find-config jumped back to when a rewrite changed the URI; log is not here: the end of an exchange runs
 * it, always, once.
 */
export const phases: readonly Phase[] = [
  { name: 'preaccess', modules: [] },
  { name: 'access', modules: [] },
  { name: 'precontent', modules: [] },
]

/** The handlers a location's requests run through after its rewrites. */
export function handlersOf(settings: LocationSettings, context: CompileContext): Handler[] {
  const handlers: Handler[] = []
  for (const phase of phases) {
    const wanted = phase.modules.flatMap((module) => module.handler(settings, context) ?? [])
    if (phase.name === 'access') handlers.push(...accessPhase(settings, wanted))
    else handlers.push(...wanted)
  }
  handlers.push(contentPhase)
  return handlers
}

// What runs before a location is known, once a request; internal redirects begin behind it.
const postRead: readonly Module[] = []

/** The handlers before a location is known; `internal`: those an internal redirect begins with. */
export function entryOf(
  server: ServerSettings,
  rewrite: Handler | undefined,
  context: CompileContext,
): { entry: Handler[]; internal: Handler[] } {
  const internal = [...(rewrite ? [rewrite] : []), findConfig]
  return {
    entry: [...postRead.flatMap((module) => module.handler(server.root, context) ?? []), ...internal],
    internal,
  }
}

// `satisfy any`: the first that allows decides; 401 and 403 are remembered until all have spoken
// (ngx_http_core_access_phase, ngx_http_core_post_access_phase).
function accessPhase(settings: LocationSettings, handlers: Handler[]): Handler[] {
  if (handlers.length === 0) return []
  const any = settings.fields.satisfy === 'any'
  if (!any) return handlers.map((handler) => (x) => (x.parent ? 'declined' : handler(x)))
  return [
    async (x) => {
      if (x.parent) return 'declined'
      let refused = 0
      for (const handler of handlers) {
        const verdict = await handler(x)
        if (verdict === 'ok') {
          x.answer = undefined
          return 'declined'
        }
        if (verdict === 401 || verdict === 403) {
          if (refused !== 401) refused = verdict
        } else if (verdict !== 'declined') return verdict
      }
      return refused || 'declined'
    },
  ]
}
