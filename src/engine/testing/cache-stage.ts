/** What tests of the cache stand on: an origin that is told what to answer, and an engine with one cache in front of it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeClock, type FakeClock } from './fake-clock.ts'
import { startWith, type Started } from './start-with.ts'

const undo: (() => Promise<void> | void)[] = []

/** Ends what a test began; for `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const run of undo.splice(0).reverse()) await run()
}

/** An origin that answers when it is told, or at once. */
export interface Origin {
  readonly address: string
  /** Request lines, in order. */
  readonly asked: string[]
  /** Resolves when this many were asked. */
  until(count: number): Promise<void>
  answer: (socket: Socket, request: string, count: number) => void
}

export async function originWith(answer: Origin['answer']): Promise<Origin> {
  const asked: string[] = []
  let look: () => void = () => undefined
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // The engine may hang up.
    socket.setEncoding('latin1')
    let text = ''
    socket.on('data', (piece: string) => {
      text += piece
      if (!text.includes('\r\n\r\n')) return
      asked.push(text.slice(0, text.indexOf(' HTTP')))
      origin.answer(socket, text, asked.length)
      text = ''
      look()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const origin: Origin = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    until: (count) =>
      new Promise((resolve) => {
        look = () => {
          if (asked.length >= count) resolve()
        }
        look()
      }),
    answer,
  }
  return origin
}

/** A whole answer that may be stored for ten seconds. */
export const ok = (body: string, fields = 'Cache-Control: max-age=10'): string =>
  `HTTP/1.1 200 OK\r\n${fields}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** A folder for a cache that outlives an engine. */
export function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cache-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An engine whose location `/` is proxied to the origin through the cache `c`; `settings` stand in that location. */
export async function start(
  origin: Origin,
  settings = '',
  {
    folder = folderOf(),
    clock = fakeClock(),
    path = 'keys_zone=c:1m levels=1:2',
    cache = 'c',
  }: { folder?: string; clock?: FakeClock; path?: string; cache?: string } = {},
): Promise<Started> {
  const started = await startWith(
    `proxy_cache_path ${folder} ${path};
     server { listen 80; location / { proxy_pass http://${origin.address}; proxy_cache ${cache}; ${settings} } }`,
    { clock },
  )
  undo.push(() => started.stop())
  return started
}

/** The body of an answer as it came over the wire. */
export const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
/** What became of the last exchange at the cache. */
export const last = ({
  exchanges,
}: Started): { cache?: string; cacheReason?: string; cacheNotStored?: string } => {
  const { cache, cacheReason, cacheNotStored } = exchanges.at(-1)?.record() ?? {}
  return {
    ...(cache && { cache }),
    ...(cacheReason && { cacheReason }),
    ...(cacheNotStored && { cacheNotStored }),
  }
}
/** All files below a folder. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))

/** Lets the event loop turn until this holds. */
export async function turnsUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
