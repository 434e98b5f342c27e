/**
 * Differential fuzzing of requests over HTTP/2: frames that are nearly right go through nginx and through our whole
 * engine to an origin that remembers what reached it. Both have to answer, or refuse, alike, and to send the same on.
 *
 *   node e2e/fuzz/http2.ts                    10,000 requests
 *   node e2e/fuzz/http2.ts --count 50000      the long form
 *   node e2e/fuzz/http2.ts --only 4711        one of them, shown
 */
import path from 'node:path'
import {
  frame,
  http2Client,
  settingsFrame,
  windowUpdateFrame,
} from '../../src/engine/testing/http2-client.ts'
import { frameFlag, frameType, preface, setting } from '../../src/engine/wire/http2-frames.ts'
import {
  freePort,
  makePrefix,
  removePrefix,
  startEngine,
  wholeConfig,
  type EngineName,
} from '../support/nginx.ts'
import { fuzz, type Verdict } from './fuzz.ts'
import { makeHttp2Request } from './make-http2.ts'
import type { Forwarded } from './outcome.ts'
import { chanceOf } from './random.ts'
import { RecordingOrigin } from './through-proxy.ts'

const variants = [
  '',
  'ignore_invalid_headers off;',
  'underscores_in_headers on; proxy_request_buffering off;',
]
const originPrefix = await makePrefix()
const socketPath = path.join(originPrefix, 'origin.sock')
const origin = new RecordingOrigin()
await origin.listen(socketPath)
const nginx = await start('nginx')
const sluicegate = await start('sluicegate')
try {
  await fuzz(tryCase)
} finally {
  await nginx.end()
  await sluicegate.end()
  await origin.close()
  await removePrefix(originPrefix)
}

async function start(name: EngineName): Promise<{ ports: readonly number[]; end: () => Promise<void> }> {
  const ports = await Promise.all(variants.map(() => freePort()))
  const prefix = await makePrefix()
  const config = wholeConfig(name, variants.map((directives, i) => serverOf(directives, ports[i])).join('\n'))
  const engine = await startEngine({ engine: name, prefix, config, logLevel: 'crit' })
  const end = async (): Promise<void> => {
    engine.kill()
    await removePrefix(prefix)
  }
  return { ports, end }
}

function serverOf(directives: string, port: number | undefined): string {
  return `server {
    listen 127.0.0.1:${port} http2;
    ${directives}
    location / {
      proxy_pass http://unix:${socketPath}:;
      proxy_set_header X-Client $server_port:$remote_port;
      proxy_ignore_client_abort on;
    }
  }`
}

async function tryCase(seed: number): Promise<Verdict> {
  const frames = makeHttp2Request(chanceOf(seed), 1)
  const port = seed % variants.length
  const [theirs, ours] = await Promise.all(
    [nginx, sluicegate].map(({ ports }) => outcomeOf(ports[port] ?? 0, frames)),
  )
  const said = `${JSON.stringify(frames.toString('latin1'))}\nours   ${JSON.stringify(ours)}\nnginx  ${JSON.stringify(theirs)}`
  const passed = ours !== undefined && theirs !== undefined && isSame(ours, theirs)
  return { passed, stricter: false, said }
}

interface Http2Outcome {
  readonly waits: boolean
  readonly status: number
  /** Codes of RST_STREAM and GOAWAY. */
  readonly reset: number | undefined
  readonly goaway: number | undefined
  readonly forwarded: readonly Forwarded[]
}

function isSame(ours: Http2Outcome, theirs: Http2Outcome): boolean {
  if (JSON.stringify(ours.forwarded) !== JSON.stringify(theirs.forwarded)) return false
  if (ours.waits || theirs.waits) return ours.waits === theirs.waits
  // What is wrong in two ways may be refused in either: nginx answers in the middle of a block, and what the rest of it
  // brings may still end the connection; we read all of it first. What is wrong in one way has its parity cases.
  if (isRefused(ours) && isRefused(theirs)) return true
  return ours.status === theirs.status && ours.reset === theirs.reset && ours.goaway === theirs.goaway
}

function isRefused({ status, reset, goaway }: Http2Outcome): boolean {
  return status === 400 || reset !== undefined || goaway !== undefined
}

/** The answer on the stream, how it or its connection ended, and what reached the origin. */
async function outcomeOf(port: number, frames: Buffer): Promise<Http2Outcome> {
  const begin = [
    preface,
    settingsFrame([[setting.initialWindowSize, 1_000_000]]),
    frame(frameType.settings, frameFlag.ack, 0),
    windowUpdateFrame(0, 1_000_000),
  ]
  const client = await http2Client(port, { begin: Buffer.concat([...begin, frames]) })
  const clientPort = client.socket.localPort ?? 0
  // What a connection before this one with the same port has left.
  origin.take(port, clientPort)
  // A request that is never whole is waited for: a further one shows that all before it was read.
  client.send(frame(frameType.ping, 0, 0, 'all read'))
  const answered = client.answer(1).then(
    () => 'over',
    () => 'over',
  )
  const outcome = await Promise.race([answered, isWaiting(client)])
  const { status, reset, whole } = client.seen(1)
  const goaway = client.frames.find(({ type }) => type === frameType.goaway)?.payload.readUInt32BE(4)
  client.destroy()
  return {
    waits: outcome === 'waits',
    status,
    reset: whole ? undefined : reset,
    goaway,
    forwarded: origin.take(port, clientPort),
  }
}

/** Nothing comes for 5 s although the server has read everything: it waits for more, too. */
async function isWaiting(client: Awaited<ReturnType<typeof http2Client>>): Promise<string> {
  await client
    .until(() => client.frames.some(({ type, flags }) => type === frameType.ping && flags === frameFlag.ack))
    .catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 5000).unref())
  return 'waits'
}
