/** Plays one row: up to its phase, the reset, and what comes of it on both sides, in the logs and in the process. */
import { readFileSync } from 'node:fs'
import { connectHttp1, connectHttp2, type Client } from './client.ts'
import { endTo, opened, type End } from './end.ts'
import { answers, bodyLetters, upTo, type Phase, type Side, type Way } from './phases.ts'
import { arrivedAll, openIn, socketsOf, until } from './until.ts'
import type { Upstream } from './upstream.ts'
import { count, isWhole, latestRequest } from './whole.ts'

export interface Row {
  readonly way: Way
  readonly phase: Phase
  /** `stream`: the client gives up its HTTP/2 stream and keeps the connection. */
  readonly by: Side | 'stream'
}

/** Where rows are played. */
export interface Stage {
  readonly pid: number
  readonly prefix: string
  /** How many sockets and files it has open while nobody asks. */
  readonly idle: number
  /**
   * A request on a connection of its own, and its answer. There is one thread, which takes things in the order in
   * which they come: what was sent to it before has been read then.
   */
  turn(): Promise<void>
  readonly ports: Readonly<Record<'http' | 'https' | 'plain' | 'tls' | 'refused', number>>
  readonly upstreams: Readonly<Record<Way['upstream'], Upstream>>
}

/** What is compared. */
export interface Played {
  /** What the side that did not reset saw, and how it ended. */
  readonly saw: string
  /** What came of the next request, on the same connection if that is open. */
  readonly next: string
  readonly access: readonly string[]
  readonly errors: readonly string[]
  /** Descriptors that are open behind it and were not before. */
  readonly left: number
}

export async function play(row: Row, stage: Stage): Promise<Played> {
  const { way, phase } = row
  const upstream = stage.upstreams[way.upstream]
  const [accessFrom, errorsFrom] = [logOf(stage, 'access').length, logOf(stage, 'error').length]
  const left = (): number => openIn(stage.pid, stage.prefix) - stage.idle
  await until('the end of the row before', () => left() === 0).catch(() => undefined)
  upstream.forget()
  let [saw, next] = ['', '']
  let client: Client | undefined
  try {
    if (!engages(way, phase) || way.reused) await prime(row, stage)
    client = phase.unshaken === 'client' ? await halfHello(stage) : await connect(row, stage)
    await advance(row, client, stage)
    upstream.answers = true
    upstream.shakes = true
    const open = socketsOf(stage.pid)
    resetBy(row, client, upstream)
    saw =
      row.by === 'upstream'
        ? await clientSees(row, client, stage, open)
        : await upstreamSees(row, stage, open)
    next = await nextWorks(row, client, stage)
  } catch (error) {
    saw += ` failed: ${(error as Error).message}`
  }
  client?.end.destroy()
  upstream.release()
  await until('all descriptors closed', () => left() === 0).catch(() => undefined)
  const stillOpen = left()
  await stage.turn()
  return {
    saw:
      row.way.route === 'buffered'
        ? comparable(saw, stage).replace(/Z×\d{5,}/, 'Z×some')
        : comparable(saw, stage),
    next: comparable(next, stage),
    access: linesOf(logOf(stage, 'access').slice(accessFrom), stage)
      .filter((line) => !line.startsWith(ofNoHead))
      .map((line) => (isChunked(phase) ? line.replace(/ [24]0[01]\d\d\b/g, withChunks) : line))
      .map((line) => (row.way.route === 'buffered' ? bufferedLine(row, line) : line))
      .sort(),
    errors: linesOf(logOf(stage, 'error').slice(errorsFrom), stage).flatMap(errorOf),
    left: stillOpen,
  }
}

/** The exchange has a connection to its upstream by then. */
function engages(way: Way, { sent }: Phase): boolean {
  return way.route === 'streamed' ? sent !== 'nothing' && sent !== 'half a head' : sent === 'all'
}

/** Both sides are done, and wait for another request. */
function isKept({ answered }: Phase): boolean {
  return answered === 'all'
}

function pathOf({ way, phase }: Row): string {
  return phase.path ?? `/${way.route}/${way.upstream}`
}

function connect(row: Row, { ports }: Stage): Promise<Client> {
  const { client } = row.way
  const { request } = row.phase
  return client === 'h2'
    ? connectHttp2(ports.https, pathOf(row), request)
    : connectHttp1(client === 'tls' ? ports.https : ports.http, client === 'tls', pathOf(row), request)
}

/** Begins a TLS handshake, no more. */
async function halfHello(stage: Stage): Promise<Client> {
  const end = await opened(endTo(stage.ports.https))
  end.say(Buffer.from([0x16, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3]))
  await taken(end, stage)
  return {
    end,
    send: () => undefined,
    again: () => undefined,
    seen: () => '',
    whole: () => false,
    over: () => true,
  }
}

/** An exchange before, which leaves its connection to the upstream open. */
async function prime(row: Row, stage: Stage): Promise<void> {
  const { end } = await asked(row, stage)
  end.destroy()
  await until('the end of its client', () => openIn(stage.pid, stage.prefix) <= stage.idle + 1)
}

/** A GET on a new connection, and its answer. */
async function asked(row: Row, stage: Stage): Promise<Client> {
  const client = await connect({ ...row, phase: { phase: '', request: 'get', sent: 'all' } }, stage)
  client.send('all')
  await until('an answer', () => client.over())
  return client
}

/** What was said has been read at the other end. */
async function taken({ raw, stream }: End, stage: Stage): Promise<void> {
  await until('all written', () => stream.writableLength === 0 && raw.writableLength === 0)
  await stage.turn()
}

/** Brings both sides to where the phase has them. */
async function advance({ way, phase }: Row, client: Client, stage: Stage): Promise<void> {
  const upstream = stage.upstreams[way.upstream]
  upstream.answers = false
  upstream.shakes = phase.unshaken !== 'upstream'
  if (phase.slow) client.end.raw.pause()
  client.send(phase.sent)
  await taken(client.end, stage)
  if (!engages(way, phase) || phase.path === '/refused') return
  await until('the request', () => arrived(phase, upstream.latest))
  const { latest: end } = upstream
  if (!phase.answered || !end) return
  const answer = upTo(answers[phase.answer ?? 'length'], phase.answered)
  end.say(answer)
  await taken(end, stage)
  if (phase.slow) await until('all of the answer', () => arrivedAll(end))
  if (phase.slow || (way.route === 'buffered' && !isKept(phase)) || phase.answered === 'half a head') return
  await until(
    'the answer',
    () =>
      count(bodyLetters.upstream, client.seen()) === count(bodyLetters.upstream, answer) &&
      // Over HTTP/2 nginx keeps a head in the buffer of its TLS until something is behind it.
      (client.seen() !== '' || way.client === 'h2'),
  )
  if (isKept(phase) && phase.request !== 'upgrade') await until('the end of the answer', () => client.whole())
}

function arrived({ request, sent, unshaken }: Phase, end: End | undefined): boolean {
  if (!end) return false
  if (unshaken === 'upstream') return end.heard !== ''
  if (request === 'upgrade') return end.heard.includes('\r\n\r\n')
  if (sent === 'all') return isWhole(latestRequest(end.heard))
  const bytes = sent === 'half a body' ? 20_000 : 0
  return end.heard.includes('\r\n\r\n') && count(bodyLetters.client, latestRequest(end.heard)) === bytes
}

function resetBy({ by, phase }: Row, client: Client, upstream: Upstream): void {
  if (phase.path === '/refused') return
  if (by === 'upstream') upstream.latest?.reset()
  else if (by === 'stream') client.cancel?.()
  else client.end.reset()
  if (by === 'upstream' && phase.slow) client.end.raw.resume()
}

async function upstreamSees({ way, phase, by }: Row, stage: Stage, open: number): Promise<string> {
  const { latest: end } = stage.upstreams[way.upstream]
  if (engages(way, phase) && !(isKept(phase) && phase.request !== 'upgrade')) {
    await until('the end of its connection', () => end?.left !== undefined)
    return shown(end, phase.unshaken === 'upstream')
  }
  if (by === 'client') await until('the client closed', () => socketsOf(stage.pid) < open)
  return shown(end)
}

async function clientSees({ way, phase }: Row, client: Client, stage: Stage, open: number): Promise<string> {
  if (engages(way, phase) && !(isKept(phase) && phase.request !== 'upgrade')) {
    await until('an outcome', () => client.over())
    return client.whole() ? client.seen() : `${client.seen()} ${ended(client.end)}`
  }
  await until('the upstream closed', () => socketsOf(stage.pid) < open)
  if (isKept(phase)) client.again()
  else client.send('all')
  await until('an answer', () => client.over())
  return client.seen()
}

function shown(end: End | undefined, unshaken = false): string {
  return end ? `${unshaken ? 'a handshake' : end.heard} ${ended(end)}` : 'nothing'
}

function ended({ left, saidGoodbye }: End): string {
  const goodbye = saidGoodbye === undefined ? '' : saidGoodbye ? 'close_notify, ' : 'no close_notify, '
  return `${goodbye}${left ?? 'open'}`
}

/** Another request: on the same connection, where it is to go on. */
async function nextWorks(row: Row, client: Client, stage: Stage): Promise<string> {
  const { by, phase } = row
  const goesOn = by === 'stream' || (by === 'upstream' && connectionGoesOn(row, client))
  if (goesOn) {
    client.again()
    await until('an answer to the next request', () => client.over())
    return `on the same: ${client.seen()}`
  }
  if (by === 'upstream') {
    await until('the end of the connection', () => client.end.left !== undefined)
  }
  const other = await asked(
    { ...row, phase: { ...phase, path: `/${row.way.route}/${row.way.upstream}` } },
    stage,
  )
  const seen = `on another: ${other.seen()}`
  other.end.destroy()
  return by === 'upstream' ? `${ended(client.end)}; ${seen}` : seen
}

/** All of the request came to its end, or HTTP/2 has streams for that. */
function connectionGoesOn({ way, phase }: Row, client: Client): boolean {
  if (way.client === 'h2') return client.end.left === undefined
  return client.whole() && (phase.sent === 'all' || !engages(way, phase))
}

function logOf({ prefix }: Stage, name: 'access' | 'error'): string {
  return readFileSync(`${prefix}/${name}.log`, 'latin1')
}

function linesOf(text: string, stage: Stage): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => comparable(line, stage))
}

/** Severity and message; nothing where it is of no exchange. */
function errorOf(line: string): string[] {
  const [, severity = '', message = ''] = /\[(\w+)\] \S+ (?:\*\d+ )?(.*)$/.exec(line) ?? []
  return severity === '' || ofNoExchange.test(`${severity}: ${message}`) ? [] : [`${severity}: ${message}`]
}

// Unlike nginx, a stream whose head never came has no line.
const ofNoHead = '"-" 000 '

// Unlike nginx, the end of a connection that was asking for nothing is not told; nor are there workers to tell of.
const ofNoExchange = /^notice: |closed keepalive connection|while waiting for request/

function isChunked({ request, answer }: Phase): boolean {
  return request === 'chunked' || answer === 'chunked' || answer === 'close'
}

/** How a body is cut into chunks is up to who sends it. */
function withChunks(size: string): string {
  return size.endsWith('0000') ? size : `${size.slice(0, 3)}000 and its chunks`
}

/** nginx hands whole buffers on, and counts what it has put into one: how much that is by a reset is its own affair. */
function bufferedLine({ way, phase }: Row, line: string): string {
  if (phase.answered === 'half a body') return line.replace(/(" 200) \d{5,}( and its chunks)?/, '$1 some')
  return way.client === 'h2' && phase.sent === 'half a body'
    ? line.replace(/(" 499 0) \d+( and its chunks)?/, '$1 some')
    : line
}

/** Without what differs by name, time, place and the calls that are made. */
function comparable(text: string, { ports, prefix }: Stage): string {
  let same = text
  for (const [name, port] of Object.entries(ports)) same = same.replaceAll(`127.0.0.1:${port}`, name)
  same = same
    .replaceAll(prefix, '')
    .replace(/(?:\r\n)?[0-9a-f]+\r\n(?=[QZ])/g, '')
    .replace(/^(date|server): .*\r?\n/gim, '')
    .replace(/<center>(nginx|sluicegate)<\/center>/, '<center>NAME</center>')
    .replace('epoll_wait() reported that ', '')
    .replace('readv() failed', 'recv() failed')
    .replace(/(temporary file) \S+/, '$1')
  return Object.values(bodyLetters).reduce(runsCounted, same)
}

/** `Z×20000` for a run of a letter; runs of megabytes are too much for an expression. */
function runsCounted(text: string, letter: string): string {
  let [out, at] = ['', 0]
  for (let from = text.indexOf(letter); from >= 0; from = text.indexOf(letter, at)) {
    out += text.slice(at, from)
    for (at = from; text[at] === letter;) at++
    out += `${letter}×${at - from}`
  }
  return out + text.slice(at)
}
