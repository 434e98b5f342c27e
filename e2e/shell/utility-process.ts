/** Electron's utilityProcess: a real process; ports are carried over its IPC pipe. */
import { fork, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { pathToFileURL } from 'node:url'
import type { FakePort } from './fake-ports.ts'

/** What goes over the pipe, either way; `end` closes a port. */
export type Piped =
  | { kind: 'message'; message: unknown; ports: number[] }
  | { kind: 'port'; id: number; data: unknown }
  | { kind: 'end'; id: number }

const inside = pathToFileURL(`${import.meta.dirname}/inside-utility-process.ts`).href

export class FakeUtilityProcess extends EventEmitter {
  static readonly all: FakeUtilityProcess[] = []
  readonly child: ChildProcess
  readonly serviceName: string | undefined
  readonly #ports = new Map<number, FakePort>()
  #lastPort = 0

  constructor(file: string, args: string[], options: { serviceName?: string }) {
    super()
    this.serviceName = options.serviceName
    this.child = fork(file, args, {
      execArgv: ['--import', inside],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.child.on('message', (piped: Piped) => this.#receive(piped))
    this.child.on('spawn', () => this.emit('spawn'))
    this.child.on('exit', (code) => {
      for (const port of this.#ports.values()) port.close()
      this.emit('exit', code ?? 1)
    })
    FakeUtilityProcess.all.push(this)
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  postMessage(message: unknown, transfer: FakePort[] = []): void {
    const ports = transfer.map((port) => {
      const id = ++this.#lastPort
      this.#ports.set(id, port)
      port.on('message', ({ data }: { data: unknown }) => this.#send({ kind: 'port', id, data }))
      port.on('close', () => this.#send({ kind: 'end', id }))
      return id
    })
    this.#send({ kind: 'message', message, ports })
    for (const port of transfer) port.start()
  }

  kill(): boolean {
    return this.child.kill()
  }

  #send(piped: Piped): void {
    if (this.child.connected) this.child.send(piped)
  }

  #receive(piped: Piped): void {
    if (piped.kind === 'message') this.emit('message', piped.message)
    else if (piped.kind === 'port') this.#ports.get(piped.id)?.postMessage(piped.data)
    else this.#ports.get(piped.id)?.close()
  }
}

export const utilityProcess = {
  fork: (file: string, args: string[] = [], options: { serviceName?: string } = {}) =>
    new FakeUtilityProcess(file, args, options),
}
