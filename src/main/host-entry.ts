/** The program of the host process: the host, and the ports that main hands over. */
import type { ParentPort } from 'electron'
import { portChannel } from '../contract/rpc/port-channel.ts'
import { startProgram, type Program } from '../host/start.ts'
import type { FromHost, ToHost } from './host-process.ts'

const parent: ParentPort = process.parentPort
const program = startProgram({ face: 'desktop', demo: process.argv.includes('--demo') })

parent.on('message', ({ data, ports: [port] }) => {
  const message = data as ToHost
  if (message.type === 'stop') void stop()
  // What a client says before the host is there waits in the port.
  else if (port) void program.then(({ host }) => host.serve(portChannel(port)), sayNothing)
})

program.then(({ host }) => host.start(), refuse).catch(crash)

async function stop(): Promise<void> {
  const started: Program | undefined = await program.catch(sayNothing)
  await started?.stop({ graceful: true })
  process.exit(0)
}

/** The same would happen again: a state folder of somebody else, ports of the demo in use. */
function refuse(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  parent.postMessage({ type: 'failed', message } satisfies FromHost)
  // Leaves when the message is on its way; an exit at once could overtake it.
  setTimeout(() => process.exit(1), 100)
}

/** A mistake of ours: main starts the host again. */
function crash(error: unknown): void {
  console.error(error)
  process.exit(1)
}

/** `refuse` has said it. */
function sayNothing(): undefined {
  return undefined
}
