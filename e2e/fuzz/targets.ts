/**
 * Differential fuzzing of how targets become paths: what `$uri` and `$args` are in nginx, and what we make of the same
 * target, has to be the same bytes, or both refuse it.
 *
 *   node e2e/fuzz/targets.ts                     10,000 targets
 *   node e2e/fuzz/targets.ts --count 100000      the long form
 *   node e2e/fuzz/targets.ts --only 4711         one of them, shown
 */
import net from 'node:net'
import { normaliseTarget } from '../../src/http/uri.ts'
import { freePort, makePrefix, removePrefix, startEngine, wholeConfig } from '../support/nginx.ts'
import { fuzz, type Verdict } from './fuzz.ts'
import { chanceOf, type Chance } from './random.ts'

const variants = [{ mergeSlashes: true }, { mergeSlashes: false }]
const prefix = await makePrefix()
const ports = await Promise.all(variants.map(() => freePort()))
const servers = variants.map(
  ({ mergeSlashes }, i) => `server {
    listen 127.0.0.1:${ports[i]};
    merge_slashes ${mergeSlashes ? 'on' : 'off'};
    return 200 "$uri\n$args";
  }`,
)
const config = wholeConfig('nginx', servers.join('\n'))
const nginx = await startEngine({ engine: 'nginx', prefix, config, logLevel: 'crit' })
try {
  await fuzz(tryCase)
} finally {
  nginx.kill()
  await removePrefix(prefix)
}

async function tryCase(seed: number): Promise<Verdict> {
  const target = makeTarget(chanceOf(seed))
  const variant = seed % variants.length
  const read = normaliseTarget(target, variants[variant] ?? { mergeSlashes: true })
  const ours = 'bad' in read ? 'refused' : `${read.uri}\n${read.args}`
  const theirs = await ask(ports[variant] ?? 0, target)
  const said = `${JSON.stringify(target)}\nours   ${JSON.stringify(ours)}\nnginx  ${JSON.stringify(theirs)}`
  return { passed: ours === theirs, stricter: false, said }
}

function makeTarget(chance: Chance): string {
  const pieces = [
    ['a', 12], ['b.c', 6], ['.', 12], ['..', 12], ['/', 30], ['//', 4], ['/..', 6], ['/.', 6], ['?', 3], ['#', 1], ['%2f', 6], ['%2F', 3],
    ['%2e', 8], ['%2E%2e', 4], ['%3f', 2], ['%23', 2], ['%25', 2], ['%0a', 1], ['%41', 2], ['%7f', 1], ['%ff', 1], ['%2b', 2], ['+', 2],
    ['%00', 1], ['%', 1], ['%4', 1], ['%g0', 1], ['\\', 1], ['\xe4', 2], ['=', 1], ['&', 1],
  ] as const // prettier-ignore
  return `/${Array.from({ length: chance.upTo(12) }, () => chance.weighted(pieces)).join('')}`
}

/** The body of the response, or that it was refused. */
async function ask(port: number, target: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1', () =>
    socket.write(`GET ${target} HTTP/1.0\r\n\r\n`, 'latin1'),
  )
  let text = ''
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
  if (text.startsWith('HTTP/1.1 400 ')) return 'refused'
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}
