/** The host in a process of its own, kept running: main is not on the path of traffic, and a crash takes nothing with it. */
import { MessageChannelMain, utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron'
import type { Clock } from '../base/clock.ts'
import { Emitter } from '../base/emitter.ts'
import { restartPause } from './restarts.ts'

/** To the host process. */
export type ToHost = { readonly type: 'client' } | { readonly type: 'stop' }

/** From the host process. `failed`: it cannot start, and trying again would not help. */
export type FromHost = { readonly type: 'failed'; readonly message: string }

export interface HostProcessOptions {
  /** The built host-entry. */
  readonly file: string
  readonly args: readonly string[]
  readonly clock: Clock
}

/** How long a graceful end may take, in milliseconds, before the process is ended. */
const patienceMs = 5000

export class HostProcess {
  readonly #options: HostProcessOptions
  readonly #started = new Emitter<void>()
  readonly #refused = new Emitter<string>()
  readonly #gaveUp = new Emitter<string>()
  #process: UtilityProcess | undefined
  #endings: number[] = []
  #stopping = false

  constructor(options: HostProcessOptions) {
    this.#options = options
  }

  /** A process is there, for the first time or again: ports to the one before are dead. */
  readonly onStarted = this.#started.event
  /** It says itself that it cannot start; why, for a person. */
  readonly onRefused = this.#refused.event
  /** It ended too often to be started again. */
  readonly onGaveUp = this.#gaveUp.event

  start(): void {
    const { file, args } = this.#options
    const started = utilityProcess.fork(file, [...args], { serviceName: 'Sluicegate host' })
    let refused: string | undefined
    started.on('message', (message: FromHost) => {
      refused = message.message
    })
    started.once('exit', (code) => {
      this.#process = undefined
      if (refused !== undefined) this.#refused.fire(refused)
      else if (!this.#stopping) this.#restart(code)
    })
    this.#process = started
    this.#started.fire()
  }

  /** A port to the host, for one window or the tray; undefined while no process runs. */
  connect(): MessagePortMain | undefined {
    if (!this.#process) return undefined
    const { port1, port2 } = new MessageChannelMain()
    this.#process.postMessage({ type: 'client' } satisfies ToHost, [port1])
    return port2
  }

  /** Lets exchanges end, then the process; cut short when it takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true
    const process = this.#process
    if (!process) return
    const gone = new Promise<void>((resolve) => process.once('exit', () => resolve()))
    process.postMessage({ type: 'stop' } satisfies ToHost)
    const impatience = this.#options.clock.after(patienceMs, () => process.kill())
    await gone
    impatience.cancel()
  }

  #restart(code: number): void {
    const { clock } = this.#options
    const now = clock.now()
    this.#endings.push(now)
    const pause = restartPause(this.#endings, now)
    if (pause === undefined)
      this.#gaveUp.fire(`the engine ended again and again (the last time with code ${code})`)
    else
      clock.after(pause, () => {
        if (!this.#stopping) this.start()
      })
  }
}
