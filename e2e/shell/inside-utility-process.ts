// Loaded into the process that stands for Electron's utility process, before its program: makes process.parentPort.
import { EventEmitter } from 'node:events'
import type { Piped } from './utility-process.ts'

const send = (piped: Piped): void => void process.send?.(piped)

class Port extends EventEmitter {
  readonly id: number
  #queue: unknown[] | undefined = []

  constructor(id: number) {
    super()
    this.id = id
  }

  postMessage(data: unknown): void {
    send({ kind: 'port', id: this.id, data })
  }

  arrive(data: unknown): void {
    if (this.#queue) this.#queue.push(data)
    else this.emit('message', { data, ports: [] })
  }

  start(): void {
    const queue = this.#queue ?? []
    this.#queue = undefined
    for (const data of queue) this.emit('message', { data, ports: [] })
  }

  close(): void {
    send({ kind: 'end', id: this.id })
    this.emit('close')
  }
}

const ports = new Map<number, Port>()
const parentPort = Object.assign(new EventEmitter(), {
  postMessage: (message: unknown) => send({ kind: 'message', message, ports: [] }),
})

process.on('message', (piped: Piped) => {
  if (piped.kind === 'port') ports.get(piped.id)?.arrive(piped.data)
  else if (piped.kind === 'end') {
    ports.get(piped.id)?.emit('close')
    ports.delete(piped.id)
  } else {
    const received = piped.ports.map((id) => {
      const port = new Port(id)
      ports.set(id, port)
      return port
    })
    parentPort.emit('message', { data: piped.message, ports: received })
  }
})
// As Electron does: a host whose shell was killed does not stay behind.
process.on('disconnect', () => process.exit(1))

Object.assign(process, { parentPort })
