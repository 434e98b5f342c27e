/** The window's, the tray's, the command line's end of a channel. */
import type { Client, Contract } from '../definition.ts'
import { ContractError, toContractError } from '../errors.ts'
import type { Channel } from './channel.ts'
import { hostMessage, type ClientMessage } from './messages.ts'

interface Waiting {
  resolve(output: unknown): void
  reject(error: ContractError): void
}

interface Watching {
  onItem(item: unknown): void
  onError(error: ContractError): void
}

/**
 * A client of what is served at the other end. Calls reject with `ContractError`; those under way when the
 * channel ends reject with `closed`, and so do those made afterwards.
 */
export function createClient<C extends Contract>(_contract: C, channel: Channel): Client<C> {
  const calls = new Map<number, Waiting>()
  const watches = new Map<number, Watching>()
  let lastId = 0
  let closed = false
  const send = (message: ClientMessage): void => channel.send(message)

  channel.onClose(() => {
    closed = true
    const waiting = [...calls.values()]
    calls.clear()
    watches.clear()
    for (const { reject } of waiting) reject(connectionEnded())
  })
  channel.onMessage((received) => {
    const parsed = hostMessage.safeParse(received)
    if (!parsed.success) return channel.close()
    const message = parsed.data
    const { id } = message
    switch (message.type) {
      case 'answer':
        calls.get(id)?.resolve(message.output)
        calls.delete(id)
        return
      case 'item': {
        const watching = watches.get(id)
        if (!watching) return
        // Taken also when the reader throws: a stream that stops for ever would hide the mistake.
        try {
          watching.onItem(message.item)
        } finally {
          send({ type: 'taken', id })
        }
        return
      }
      case 'error': {
        const error = new ContractError(message.code, message.message)
        calls.get(id)?.reject(error)
        calls.delete(id)
        const watching = watches.get(id)
        watches.delete(id)
        watching?.onError(error)
      }
    }
  })

  const client: Client<Contract> = {
    call(name: string, ...[input]: unknown[]) {
      if (closed) return Promise.reject(connectionEnded())
      const id = ++lastId
      return new Promise<never>((resolve, reject) => {
        calls.set(id, { resolve: resolve, reject })
        try {
          send({ type: 'call', id, name, input })
        } catch (error) {
          calls.delete(id)
          reject(toContractError(error))
        }
      })
    },
    watch(
      name: string,
      onItem: (item: never) => void,
      onError?: (error: ContractError) => void,
      input?: unknown,
    ) {
      const id = ++lastId
      watches.set(id, { onItem: onItem, onError: onError ?? (() => undefined) })
      send({ type: 'watch', id, name, input })
      return () => {
        if (watches.delete(id)) send({ type: 'unwatch', id })
      }
    },
    onClose: (run) => channel.onClose(run),
    close: () => channel.close(),
  }
  return client
}

function connectionEnded(): ContractError {
  return new ContractError('closed', 'the connection to the program ended; it is made again by itself')
}
