/**
 * Differential fuzzing of how responses are read: an origin answers with bytes that are nearly right, through nginx,
 * and our codec reads the same bytes. What we accept, nginx has to pass on with the same head and body. With
 * `--engine sluicegate` they go through our engine instead of the codec alone.
 *
 *   node e2e/fuzz/responses.ts                   10,000 responses
 *   node e2e/fuzz/responses.ts --count 50000     the long form
 *   node e2e/fuzz/responses.ts --engine sluicegate   the whole engine, not the codec alone
 *   node e2e/fuzz/responses.ts --only 4711       one of them, shown
 */
import { chmod } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { parseArgs } from 'node:util'
import {
  freePort,
  makePrefix,
  removePrefix,
  startEngine,
  wholeConfig,
  type EngineName,
} from '../support/nginx.ts'
import { fuzz, type Verdict } from './fuzz.ts'
import { makeResponse } from './make-response.ts'
import { chanceOf } from './random.ts'
import { readResponse, type Passed } from './response-codec.ts'

/** Fields that nginx does not pass on, or makes itself; lower case. */
const ownFields = new Set([
  'server',
  'date',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
])

const { values: options } = parseArgs({
  options: { engine: { type: 'string', default: 'codec' } },
  strict: false,
})
const originPrefix = await makePrefix()
const socketPath = path.join(originPrefix, 'origin.sock')
const answers = new Map<string, Buffer>()
const origin = net.createServer(answer)
await new Promise<void>((resolve) => origin.listen(socketPath, resolve))
// nginx's workers are nobody when its master is root.
await chmod(socketPath, 0o777)
const variants = ['proxy_buffering on;', 'proxy_buffering off;', 'proxy_http_version 1.1;']
const nginx = await start('nginx')
const sluicegate = options.engine === 'sluicegate' ? await start('sluicegate') : undefined
try {
  await fuzz(tryCase)
} finally {
  await nginx.end()
  await sluicegate?.end()
  await new Promise((resolve) => origin.close(resolve))
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
    listen 127.0.0.1:${port};
    ${directives}
    proxy_buffer_size 32k;
    proxy_buffers 4 32k;
    location / { proxy_pass http://unix:${socketPath}:; }
  }`
}

/** Answers the request for `/SEED` with the bytes of that case, and that is all. */
function answer(socket: net.Socket): void {
  let request = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    request += chunk.toString('latin1')
    if (request.endsWith('\r\n\r\n')) socket.end(answers.get(/ \/([0-9]+) /.exec(request)?.[1] ?? '') ?? '')
  })
}

async function tryCase(seed: number): Promise<Verdict> {
  const chance = chanceOf(seed)
  const bytes = makeResponse(chance)
  const method = chance.percent(90) ? 'GET' : 'HEAD'
  answers.set(String(seed), bytes)
  const request = `${method} /${seed} HTTP/1.0\r\n\r\n`
  const port = seed % variants.length
  const theirs = await ask(nginx.ports[port] ?? 0, request)
  const codec = readResponse(bytes, method, chance)
  const ours =
    sluicegate === undefined ? codec : passedOf(await ask(sluicegate.ports[port] ?? 0, request), codec)
  answers.delete(String(seed))
  const said = `${method} ${JSON.stringify(bytes.toString('latin1'))}\nours   ${JSON.stringify(ours)}\nnginx  ${JSON.stringify(theirs)}`
  // The engine may refuse no more than its codec does.
  if (ours === 'refused') {
    const alone = !theirs.startsWith('HTTP/1.1 502')
    return { passed: codec === 'refused' || !alone, stricter: alone, said }
  }
  return { passed: isPassedOn(ours, theirs), stricter: false, said }
}

/** What our engine passed on, read as plainly as what nginx did. Whether it is whole, only the codec can tell. */
function passedOf(text: string, codec: Passed | 'refused'): Passed | 'refused' {
  if (text.startsWith('HTTP/1.1 502 ')) return 'refused'
  const whole = codec !== 'refused' && codec.whole
  const headEnd = text.indexOf('\r\n\r\n')
  if (!text.startsWith('HTTP/1.1 ') || headEnd < 0) return { body: text, whole: true }
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const fields = lines.map((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)] as const
  })
  const head = { statusLine: statusLine.slice('HTTP/1.1 '.length), fields }
  return { head, body: text.slice(headEnd + 4), whole }
}

async function ask(port: number, request: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(request))
  let text = ''
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(10_000, () => socket.destroy(new Error('nothing was answered for 10 s')))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
  return text
}

function isPassedOn(ours: Passed, theirs: string): boolean {
  if (ours.head === undefined) return ours.body === theirs
  // What is wrong in the first bytes of a body may keep nginx from beginning the response.
  if (!ours.whole && theirs === '') return true
  const headEnd = theirs.indexOf('\r\n\r\n')
  const [statusLine, ...lines] = theirs.slice(0, Math.max(0, headEnd)).split('\r\n')
  const body = theirs.slice(headEnd + 4)
  const fields = ours.head.fields.filter(([name]) => isKept(name)).map(([name, value]) => `${name}: ${value}`)
  return (
    statusLine === `HTTP/1.1 ${ours.head.statusLine}` &&
    JSON.stringify(fields) === JSON.stringify(lines.filter((line) => isKept(line.split(':')[0] ?? ''))) &&
    (ours.whole ? body === ours.body : ours.body.startsWith(body) || body.startsWith(ours.body))
  )
}

/** nginx does not write fields whose name has nothing that counts in its hash of names. */
function isKept(name: string): boolean {
  return /[A-Za-z0-9_-]/.test(name) && !ownFields.has(name.toLowerCase())
}
