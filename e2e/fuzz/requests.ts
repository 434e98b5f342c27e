/**
 * Differential fuzzing of how requests are read: bytes that are nearly right go through nginx to an origin that
 * remembers what reached it, and are read by our codec. What we accept, nginx has to accept and take for the same
 * requests with the same bodies.
 *
 *   node e2e/fuzz/requests.ts                    10,000 connections
 *   node e2e/fuzz/requests.ts --count 200000     the long form
 *   node e2e/fuzz/requests.ts --only 4711        one of them, shown
 */
import path from 'node:path'
import { freePort, makePrefix, removePrefix, startEngine, wholeConfig } from '../support/nginx.ts'
import { readByCodec } from './codec.ts'
import { fuzz, type Verdict } from './fuzz.ts'
import { makeRequests } from './make-request.ts'
import type { Outcome } from './outcome.ts'
import { chanceOf } from './random.ts'
import { RecordingOrigin, sendThrough } from './through-proxy.ts'

/** The same bytes are read in different ways where invalid names are kept or underscores are valid. */
const variants = [
  { ignoreInvalid: true, underscores: false },
  { ignoreInvalid: false, underscores: false },
  { ignoreInvalid: true, underscores: true },
]

const prefix = await makePrefix()
const socketPath = path.join(prefix, 'origin.sock')
const origin = new RecordingOrigin()
await origin.listen(socketPath)
const ports = await Promise.all(variants.map(() => freePort()))
const config = wholeConfig('nginx', variants.map(serverOf).join('\n'))
const nginx = await startEngine({ engine: 'nginx', prefix, config, logLevel: 'crit' })
try {
  await fuzz(tryCase)
} finally {
  nginx.kill()
  await origin.close()
  await removePrefix(prefix)
}

function serverOf(variant: { ignoreInvalid: boolean; underscores: boolean }, i: number): string {
  return `server {
    listen 127.0.0.1:${ports[i]};
    ignore_invalid_headers ${variant.ignoreInvalid ? 'on' : 'off'};
    underscores_in_headers ${variant.underscores ? 'on' : 'off'};
    client_max_body_size 0;
    lingering_close always;
    location / {
      proxy_pass http://unix:${socketPath}:;
      proxy_set_header X-Client $server_port:$remote_port;
      proxy_ignore_client_abort on;
    }
  }`
}

async function tryCase(seed: number): Promise<Verdict> {
  const chance = chanceOf(seed)
  const bytes = makeRequests(chance)
  const variant = seed % variants.length
  const rules = variants[variant] ?? { ignoreInvalid: true, underscores: false }
  const ours = readByCodec(bytes, { lineLimit: 8192, totalLimit: 32768, ...rules }, chance)
  const theirs = await sendThrough(ports[variant] ?? 0, bytes, origin)
  const refusedEarly = ours.waiting && text({ ...ours, statuses: [...ours.statuses, 400] }) === text(theirs)
  const same = refusedEarly || text(ours) === text(theirs)
  return {
    passed: same || (ours.stricter && isBeginning(ours, theirs)),
    stricter: !same && ours.stricter,
    said: `${JSON.stringify(bytes.toString('latin1'))}\nours   ${text(ours)}\nnginx  ${text(theirs)}`,
  }
}

function text({ statuses, forwarded }: Outcome): string {
  return JSON.stringify([statuses, forwarded])
}

/** All that we let pass was taken for the same, though nginx went on where we refused. */
function isBeginning(ours: Outcome, theirs: Outcome): boolean {
  return JSON.stringify(ours.forwarded) === JSON.stringify(theirs.forwarded.slice(0, ours.forwarded.length))
}
