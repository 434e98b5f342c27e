/** The host of a state folder as a client sees it: that of the program that runs there, or one of our own. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import * as z from 'zod'
import { hostContract, type HostClient, type HostContract } from '../contract/contract.ts'
import { type ItemOf, type StreamName } from '../contract/definition.ts'
import { createClient } from '../contract/rpc/client.ts'
import { webSocketChannel } from '../contract/rpc/web-socket-channel.ts'
import { startHost } from '../host/index.ts'
import { FolderInUseError } from '../host/state-folder.ts'

const addressSchema = z.object({ port: z.number().int(), token: z.string() })

function addressFile(folder: string): string {
  return join(folder, 'address.json')
}

/** Tells later commands where this program answers. */
export async function announce(folder: string, address: z.infer<typeof addressSchema>): Promise<void> {
  await writeFile(addressFile(folder), JSON.stringify(address), { mode: 0o600 })
}

export async function withdraw(folder: string): Promise<void> {
  await rm(addressFile(folder), { force: true })
}

/** Runs a command on the host of a folder; what `serve` runs there does it itself and shows it at once. */
export async function withHost<T>(folder: string, run: (client: HostClient) => Promise<T>): Promise<T> {
  // The host's timers keep no process alive; a command that waits for one must, or it ends without a word.
  const alive = setInterval(() => undefined, 60_000)
  try {
    return await withHostAlive(folder, run)
  } finally {
    clearInterval(alive)
  }
}

async function withHostAlive<T>(folder: string, run: (client: HostClient) => Promise<T>): Promise<T> {
  let host
  try {
    host = await startHost({ folder, face: 'browser' })
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error
    const client = await connectRunning(folder)
    if (!client) throw error
    try {
      return await run(client)
    } finally {
      client.close()
    }
  }
  try {
    return await run(host.connect())
  } finally {
    await host.stop()
  }
}

/** The program that has the folder, where it is a `serve` that answers; the desktop program has no such door. */
async function connectRunning(folder: string): Promise<HostClient | undefined> {
  try {
    const { port, token } = addressSchema.parse(JSON.parse(await readFile(addressFile(folder), 'utf8')))
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const client = createClient(hostContract, webSocketChannel(socket))
    await client.call('about.get')
    return client
  } catch {
    // No address, or nobody there: then whoever has the folder is said to have it.
    return undefined
  }
}

/** The first item of a stream. */
export function snapshot<K extends StreamName<HostContract>>(
  client: HostClient,
  name: K,
): Promise<ItemOf<HostContract[K]>> {
  return new Promise((resolve, reject) => {
    const stop = client.watch(
      name,
      (item) => {
        stop()
        resolve(item)
      },
      reject,
    )
  })
}
