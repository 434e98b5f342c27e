/** The demo: services of our own on loopback, and a configuration that routes to them. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { importNginx } from '../nginx/import.ts'
import type { Config } from '../config/model.ts'
import { programFolder } from './program.ts'

/** The running services. */
export interface Demo {
  readonly config: Config
  /** Ends them; they also end by themselves when this process does. */
  stop(): void
}

interface Services {
  readonly defaultBase: number
  demoConfiguration(base?: number): string
}

/** Starts the services in a process of their own; rejects with what is in the way, such as ports in use. */
export async function startDemo({ base }: { base?: number | undefined } = {}): Promise<Demo> {
  const script = join(programFolder(), 'resources', 'demo', 'services.mjs')
  const services = (await import(pathToFileURL(script).href)) as Services
  const args = base === undefined ? [] : ['--demo-base', String(base)]
  const child = fork(script, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // In Electron this process's program is Electron, which is to be Node here.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  })
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: { kind: 'ready' } | { kind: 'failed'; problems: string[] }) => {
      if (message.kind === 'ready') resolve()
      else reject(new Error(message.problems.join('\n')))
    })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`the demo services ended with ${code ?? 'a signal'}`)))
  })
  const main = 'nginx.conf'
  return {
    config: importNginx([{ name: main, text: services.demoConfiguration(base) }], main).config,
    stop: () => {
      if (child.connected) child.disconnect()
    },
  }
}
