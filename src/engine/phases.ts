/**
 * The ordered list of phases: the table of contents of the engine. Handlers run in nginx's order; a
 * location's list holds only those that its settings need.
 */
import type { CompileContext } from './cycle/compile-context.ts'
import type { LocationSettings, ServerSettings } from './cycle/settings.ts'
import { access } from './modules/access.ts'
import { authBasic } from './modules/auth-basic.ts'
import { authRequest } from './modules/auth-request.ts'
import { autoindex } from './modules/autoindex.ts'
import { contentPhase } from './modules/content.ts'
import { directoryIndex } from './modules/directory-index.ts'
import { findConfig } from './modules/find-config.ts'
import { gzipStatic } from './modules/gzip-static.ts'
import { limitConn } from './modules/limit-conn.ts'
import { limitReq } from './modules/limit-req.ts'
import { mirror } from './modules/mirror.ts'
import type { Module } from './modules/module.ts'
import { realIp } from './modules/real-ip.ts'
import { noContent } from './modules/no-content.ts'
import { staticFiles } from './modules/static.ts'
import { tryFiles } from './modules/try-files.ts'
import { accessPhase } from './request/access-phase.ts'
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
  { name: 'preaccess', modules: [realIp, limitReq, limitConn] },
  { name: 'access', modules: [access, authBasic, authRequest] },
  { name: 'precontent', modules: [tryFiles, mirror] },
]

// For locations that nothing else serves.
const contents: readonly Module[] = [directoryIndex, autoindex, gzipStatic, staticFiles]

/** The handlers a location's requests run through after its rewrites. */
export function handlersOf(
  settings: LocationSettings,
  context: CompileContext,
  path: readonly string[],
): Handler[] {
  const handlers: Handler[] = []
  for (const phase of phases) {
    const wanted = phase.modules.flatMap((module) => module.handler(settings, context, path) ?? [])
    if (phase.name === 'access') handlers.push(...accessPhase(settings, wanted))
    else handlers.push(...wanted)
  }
  handlers.push(contentPhase)
  if (!settings.content)
    handlers.push(...contents.flatMap((module) => module.handler(settings, context, path) ?? []), noContent)
  return handlers
}

// What runs before a location is known, once a request; internal redirects begin behind it.
const postRead: readonly Module[] = [realIp]

/** The handlers before a location is known; `internal`: those an internal redirect begins with. */
export function entryOf(
  server: ServerSettings,
  rewrite: Handler | undefined,
  context: CompileContext,
  path: readonly string[],
): { entry: Handler[]; internal: Handler[] } {
  const internal = [...(rewrite ? [rewrite] : []), findConfig]
  return {
    entry: [...postRead.flatMap((module) => module.handler(server.root, context, path) ?? []), ...internal],
    internal,
  }
}
