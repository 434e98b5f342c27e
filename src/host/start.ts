/** How every face starts the program: where state is, and with or without the demo. */
import { join } from 'node:path'
import type { About } from '../contract/program.ts'
import { startDemo } from './demo.ts'
import { startHost, type Host } from './index.ts'
import { defaultStateFolder } from './state-folder.ts'

export interface ProgramOptions {
  readonly face: About['face']
  /** Absent: the user's own state, or that of the demo. */
  readonly state?: string | undefined
  readonly demo: boolean
  /** The first port of the demo's services; 3000 where not said. */
  readonly demoBase?: number | undefined
}

/** A host, with the demo's services where asked for. */
export interface Program {
  readonly host: Host
  stop(options: { graceful: boolean }): Promise<void>
}

/** Takes the state folder and loads what is saved; the proxy does not run yet. */
export async function startProgram({ face, state, demo, demoBase }: ProgramOptions): Promise<Program> {
  const own = defaultStateFolder()
  const apart = demo && state === undefined
  const host = await startHost({
    folder: state ?? (demo ? join(own, 'demo') : own),
    face,
    // The demo has a state of its own, but one authority is enough to be trusted.
    ...(apart && { certificatesFolder: own }),
  })
  if (!demo) return { host, stop: (options) => host.stop(options) }
  try {
    const services = await startDemo({ base: demoBase })
    await host.replaceConfig(services.config, 'the demo')
    return {
      host,
      async stop(options) {
        await host.stop(options)
        services.stop()
      },
    }
  } catch (error) {
    await host.stop()
    throw error
  }
}
