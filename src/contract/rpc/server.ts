/** The host's end of a channel: validates, calls the handlers, sends answers and paced streams. */
import * as z from 'zod'
import type { Contract, Handlers } from '../definition.ts'
import { ContractError, toContractError } from '../errors.ts'
import type { Channel } from './channel.ts'
import { clientMessage, type HostMessage } from './messages.ts'
import { paceBatch, paceLatest, type Pacing } from './pacing.ts'

interface Watch {
  readonly pacing: Pacing
  stop: () => void
}

type AnyCommand = (input: unknown) => unknown
type AnyStream = (input: unknown, send: (item: unknown) => void) => () => void

/**
 * Answers one client until its channel ends. Errors of handlers cross with their code; a message that
 * is none of the protocol ends the channel.
 */
export function serve<C extends Contract>(contract: C, handlers: Handlers<C>, channel: Channel): void {
  const watches = new Map<number, Watch>()
  const send = (message: HostMessage): void => channel.send(message)
  const refuse = (id: number, error: unknown): void => {
    const { code, message } = toContractError(error)
    send({ type: 'error', id, code, message })
  }
  const handlerOf = (name: string): unknown => (handlers as Record<string, unknown>)[name]

  async function call(id: number, name: string, input: unknown): Promise<void> {
    try {
      const checked = checkedInput(contract, 'command', name, input)
      const output = await (handlerOf(name) as AnyCommand)(checked)
      send({ type: 'answer', id, output })
    } catch (error) {
      refuse(id, error)
    }
  }

  function watch(id: number, name: string, input: unknown): void {
    if (watches.has(id)) return refuse(id, new ContractError('invalid-input', `stream ${id} is already open`))
    try {
      const checked = checkedInput(contract, 'stream', name, input)
      const sendItem = (item: unknown): void => send({ type: 'item', id, item })
      const entry = contract[name]
      const pacing = entry?.list === undefined ? paceLatest(sendItem) : paceBatch(entry.list, sendItem)
      const opened: Watch = { pacing, stop: () => undefined }
      watches.set(id, opened)
      opened.stop = (handlerOf(name) as AnyStream)(checked, (item) => {
        if (watches.get(id) === opened) pacing.push(item)
      })
    } catch (error) {
      watches.delete(id)
      refuse(id, error)
    }
  }

  function unwatch(id: number): void {
    const watch = watches.get(id)
    watches.delete(id)
    watch?.stop()
  }

  channel.onClose(() => {
    for (const id of [...watches.keys()]) unwatch(id)
  })
  channel.onMessage((received) => {
    const parsed = clientMessage.safeParse(received)
    if (!parsed.success) return channel.close()
    const message = parsed.data
    switch (message.type) {
      case 'call':
        void call(message.id, message.name, message.input)
        return
      case 'watch':
        return watch(message.id, message.name, message.input)
      case 'taken':
        return watches.get(message.id)?.pacing.taken()
      case 'unwatch':
        return unwatch(message.id)
    }
  })
}

function checkedInput(contract: Contract, kind: 'command' | 'stream', name: string, input: unknown): unknown {
  const entry = Object.hasOwn(contract, name) ? contract[name] : undefined
  if (entry?.kind !== kind) throw new ContractError('unknown-name', `there is no ${kind} "${name}"`)
  const parsed = entry.input.safeParse(input)
  if (parsed.success) return parsed.data
  throw new ContractError('invalid-input', `${name}: ${z.prettifyError(parsed.error)}`)
}
