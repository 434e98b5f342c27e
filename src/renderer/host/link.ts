/**
 * A client of the host that outlives its connections: it is made again when it ends, and every stream
 * that is watched begins again with its snapshot.
 */
import { shallowRef, type ShallowRef } from 'vue'
import { hostContract, type HostClient, type HostContract } from '../../contract/contract.ts'
import {
  type CommandName,
  type InputOf,
  type ItemOf,
  type OutputOf,
  type StreamName,
} from '../../contract/definition.ts'
import { ContractError } from '../../contract/errors.ts'
import type { Channel } from '../../contract/rpc/channel.ts'
import { createClient } from '../../contract/rpc/client.ts'
import type { OpenChannel } from './connect.ts'

/** `connecting`: for the first time. `lost`: it was there, and is looked for. */
export type LinkState = 'connecting' | 'open' | 'lost'

/** What stores hold: the client's commands and streams, and how the connection stands. */
export interface HostLink {
  readonly state: ShallowRef<LinkState>
  call<K extends CommandName<HostContract>>(
    name: K,
    ...input: InputOf<HostContract[K]> extends void ? [] : [InputOf<HostContract[K]>]
  ): Promise<OutputOf<HostContract[K]>>
  watch<K extends StreamName<HostContract>>(
    name: K,
    onItem: (item: ItemOf<HostContract[K]>) => void,
    input?: InputOf<HostContract[K]>,
  ): () => void
  /** Tries now instead of waiting. */
  retry(): void
  dispose(): void
}

// 0.25 s doubles to 4 s: quick after a restart, quiet when the program stays away.
const firstPauseMs = 250
const longestPauseMs = 4000

interface Watch {
  start(client: HostClient): () => void
  stop: (() => void) | undefined
}

/** Connects, and keeps connecting until it is disposed. */
export function linkHost(open: OpenChannel): HostLink {
  const state = shallowRef<LinkState>('connecting')
  const watches = new Set<Watch>()
  let client: HostClient | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = firstPauseMs
  let trying = false
  let disposed = false

  async function connect(): Promise<void> {
    if (trying || client || disposed) return
    clearTimeout(timer)
    trying = true
    try {
      attach(await open())
    } catch {
      // Nobody there yet: the state says so, and the next try is on its way.
      later()
    } finally {
      trying = false
    }
  }

  function attach(channel: Channel): void {
    if (disposed) return channel.close()
    const attached = createClient(hostContract, channel)
    client = attached
    state.value = 'open'
    pauseMs = firstPauseMs
    attached.onClose(() => {
      if (client !== attached) return
      client = undefined
      for (const watch of watches) watch.stop = undefined
      if (disposed) return
      state.value = 'lost'
      later()
    })
    for (const watch of watches) watch.stop = watch.start(attached)
  }

  function later(): void {
    if (disposed) return
    clearTimeout(timer)
    timer = setTimeout(() => void connect(), pauseMs)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }

  void connect()

  return {
    state,
    call(name, ...input) {
      if (!client) return Promise.reject(notConnected())
      return client.call(name, ...input)
    },
    watch(name, onItem, input) {
      const watch: Watch = { start: (to) => to.watch(name, onItem, undefined, input), stop: undefined }
      watches.add(watch)
      if (client) watch.stop = watch.start(client)
      return () => {
        watches.delete(watch)
        watch.stop?.()
      }
    },
    retry() {
      pauseMs = firstPauseMs
      void connect()
    },
    dispose() {
      disposed = true
      clearTimeout(timer)
      client?.close()
      client = undefined
    },
  }
}

function notConnected(): ContractError {
  return new ContractError('closed', 'Sluicegate is not connected; this can be done when it is back')
}
