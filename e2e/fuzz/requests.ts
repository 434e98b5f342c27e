/**
 * Differential fuzzing of how requests are read: bytes that are nearly right go through nginx to an origin that
 * remembers what reached it, and are read by our codec. What we accept, nginx has to accept and take for the same
 * requests with the same bodies; and as far as Node's own parser accepts them, it has to frame them so too. With
 * `--engine sluicegate` they go through our engine as well, instead.
 *
 *   node e2e/fuzz/requests.ts                        10,000 connections
 *   node e2e/fuzz/requests.ts --count 200000         the long form
 *   node e2e/fuzz/requests.ts --engine sluicegate    the whole engine, not the codec alone
 *   node e2e/fuzz/requests.ts --only 4711            one of them, shown
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import {
  freePort,
  makePrefix,
  removePrefix,
  startEngine,
  wholeConfig,
  type Engine,
  type EngineName,
} from '../support/nginx.ts'
import { readByCodec, type CodecOutcome } from './codec.ts'
import { fuzz, type Verdict } from './fuzz.ts'
import { makeRequests } from './make-request.ts'
import { readByNode, type NodeRequest } from './node-parser.ts'
import type { Outcome } from './outcome.ts'
import { chanceOf } from './random.ts'
import { RecordingOrigin, sendThrough } from './through-proxy.ts'

/** The same bytes are read in different ways where invalid names are kept or underscores are valid. */
const variants = [
  { ignoreInvalid: true, underscores: false },
  { ignoreInvalid: false, underscores: false },
  { ignoreInvalid: true, underscores: true },
  { ignoreInvalid: true, underscores: false, streamed: true },
]

/** A proxy under test: a port for each variant. */
interface Proxy {
  readonly engine: Engine
  readonly prefix: string
  readonly ports: readonly number[]
}

const { values: options } = parseArgs({
  options: { engine: { type: 'string', default: 'codec' } },
  strict: false,
})
const originPrefix = await makePrefix()
const socketPath = path.join(originPrefix, 'origin.sock')
const origin = new RecordingOrigin()
await origin.listen(socketPath)
const nginx = await start('nginx')
const sluicegate = options.engine === 'sluicegate' ? await start('sluicegate') : undefined
try {
  await fuzz(tryCase)
} finally {
  for (const proxy of [nginx, sluicegate]) {
    proxy?.engine.kill()
    if (proxy) await removePrefix(proxy.prefix)
  }
  await origin.close()
  await removePrefix(originPrefix)
}

async function start(name: EngineName): Promise<Proxy> {
  const ports = await Promise.all(variants.map(() => freePort()))
  const servers = variants.map((variant, i) => serverOf(ports[i] ?? 0, variant))
  const prefix = await makePrefix()
  const config = wholeConfig(name, servers.join('\n'))
  return { engine: await startEngine({ engine: name, prefix, config, logLevel: 'crit' }), prefix, ports }
}

function serverOf(port: number, variant: (typeof variants)[number]): string {
  return `server {
    listen 127.0.0.1:${port};
    ignore_invalid_headers ${variant.ignoreInvalid ? 'on' : 'off'};
    underscores_in_headers ${variant.underscores ? 'on' : 'off'};
    client_max_body_size 0;
    lingering_close always;
    location / {
      proxy_pass http://unix:${socketPath}:;
      proxy_set_header X-Client $server_port:$remote_port;
      proxy_ignore_client_abort on;
      ${variant.streamed ? 'proxy_request_buffering off; proxy_http_version 1.1;' : ''}
    }
  }`
}

async function tryCase(seed: number): Promise<Verdict> {
  const chance = chanceOf(seed)
  const bytes = makeRequests(chance)
  const variant = seed % variants.length
  const rules = variants[variant] ?? { ignoreInvalid: true, underscores: false }
  const codec = readByCodec(bytes, { lineLimit: 8192, totalLimit: 32768, ...rules }, chance)
  const [theirs, ours, node] = await Promise.all([
    sendThrough(nginx.ports[variant] ?? 0, bytes, origin),
    sluicegate === undefined ? codec : sendThrough(sluicegate.ports[variant] ?? 0, bytes, origin),
    readByNode(bytes),
  ])
  const same = text(ours) === text(theirs) || isRefusedEarly(codec, ours, theirs)
  return {
    passed: (same || (codec.stricter && isBeginning(ours, theirs))) && isFramedSo(node, ours),
    stricter: !same && codec.stricter,
    said: `${JSON.stringify(bytes.toString('latin1'))}\nours   ${text(ours)}\nnginx  ${text(theirs)}\nnode   ${JSON.stringify(node)}`,
  }
}

/**
 * What both take for a request has the same method and body for both. Node refuses more, which ends its list; and it
 * knows no requests without a version, behind which nothing is read.
 */
function isFramedSo(node: readonly NodeRequest[], { forwarded, statuses }: Outcome): boolean {
  const answers = statuses.filter((status) => status !== 100)
  return forwarded.every(({ method, body }, i) => {
    const read = answers[i] === 0 ? undefined : node[i]
    return read?.body === undefined || (read.method === method && read.body === body)
  })
}

function text({ statuses, forwarded }: Outcome): string {
  return JSON.stringify([statuses, forwarded])
}

/** nginx refused a head for what a field says, of which we wait to see the end. */
function isRefusedEarly(codec: CodecOutcome, ours: Outcome, theirs: Outcome): boolean {
  return codec.waiting && text({ ...ours, statuses: [...ours.statuses, 400] }) === text(theirs)
}

/** All that we let pass was taken for the same, though nginx went on where we refused. */
function isBeginning(ours: Outcome, theirs: Outcome): boolean {
  return JSON.stringify(ours.forwarded) === JSON.stringify(theirs.forwarded.slice(0, ours.forwarded.length))
}
