/** The phases of an exchange, as data: how far each side has come when one of them resets its connection. */

/** How far a side is in its message. */
export type Point = 'nothing' | 'half a head' | 'head' | 'half a body' | 'all'

export interface Message {
  readonly head: string
  readonly body: string
}

export type Side = 'client' | 'upstream'
/** What bodies are made of, and heads are not. */
export const bodyLetters: Readonly<Record<Side, string>> = { client: 'Q', upstream: 'Z' }
// Half of it is more than `client_body_buffer_size`, and less than what is kept of an answer in memory.
const half = 20_000
const chunk = (letter: string): string => `${half.toString(16)}\r\n${letter.repeat(half)}\r\n`

export type RequestKind = 'get' | 'post' | 'chunked' | 'upgrade'
const ofRequest: Readonly<Record<RequestKind, { line: string; fields: string; body: string }>> = {
  get: { line: 'GET', fields: '', body: '' },
  post: {
    line: 'POST',
    fields: `Content-Length: ${2 * half}\r\n`,
    body: bodyLetters.client.repeat(2 * half),
  },
  chunked: {
    line: 'POST',
    fields: 'Transfer-Encoding: chunked\r\n',
    body: `${chunk(bodyLetters.client)}${chunk(bodyLetters.client)}0\r\n\r\n`,
  },
  upgrade: { line: 'GET', fields: 'Connection: upgrade\r\nUpgrade: raw\r\n', body: 'ping' },
}

export function requestTo(path: string, kind: RequestKind): Message {
  const { line, fields, body } = ofRequest[kind]
  return { head: `${line} ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`, body }
}

export type AnswerKind = 'length' | 'chunked' | 'close' | 'upgrade' | 'huge'
const manyTimes = 1600
export const answers: Readonly<Record<AnswerKind, Message>> = {
  length: {
    head: `HTTP/1.1 200 OK\r\nContent-Length: ${2 * half}\r\n\r\n`,
    body: bodyLetters.upstream.repeat(2 * half),
  },
  chunked: {
    head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    body: `${chunk(bodyLetters.upstream)}${chunk(bodyLetters.upstream)}0\r\n\r\n`,
  },
  close: { head: 'HTTP/1.1 200 OK\r\n\r\n', body: bodyLetters.upstream.repeat(2 * half) },
  upgrade: {
    head: 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n',
    body: 'pong',
  },
  huge: {
    head: `HTTP/1.1 200 OK\r\nContent-Length: ${manyTimes * half}\r\n\r\n`,
    body: bodyLetters.upstream.repeat(manyTimes * half),
  },
}
/** What every request gets that nobody plays with. */
export const plainAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A message up to a point. */
export function upTo({ head, body }: Message, point: Point): string {
  switch (point) {
    case 'nothing':
      return ''
    case 'half a head':
      return head.slice(0, head.length / 2)
    case 'head':
      return head
    case 'half a body':
      return head + body.slice(0, body.length / 2)
    case 'all':
      return head + body
  }
}

export interface Phase {
  readonly phase: string
  readonly request: RequestKind
  readonly sent: Point
  readonly answer?: AnswerKind
  readonly answered?: Point
  /** Where it goes instead of where the way goes. */
  readonly path?: string
  /** The client reads nothing. */
  readonly slow?: true
  /** The handshake of this side stays half done. */
  readonly unshaken?: Side
  /** Only one side can reset here. */
  readonly only?: Side
}

/** The twelve. */
export const phases: readonly Phase[] = [
  { phase: 'connected, nothing sent', request: 'get', sent: 'nothing' },
  { phase: 'in the head of the request', request: 'get', sent: 'half a head' },
  { phase: 'behind the head of the request', request: 'post', sent: 'head' },
  { phase: 'in the body of the request', request: 'post', sent: 'half a body' },
  { phase: 'in the chunks of the request', request: 'chunked', sent: 'half a body' },
  { phase: 'behind the request', request: 'post', sent: 'all' },
  { phase: 'in the head of the answer', request: 'get', sent: 'all', answered: 'half a head' },
  { phase: 'behind the head of the answer', request: 'get', sent: 'all', answered: 'head' },
  { phase: 'in the body of the answer', request: 'get', sent: 'all', answered: 'half a body' },
  {
    phase: 'in the chunks of the answer',
    request: 'get',
    sent: 'all',
    answer: 'chunked',
    answered: 'half a body',
  },
  { phase: 'behind the answer, connections kept', request: 'get', sent: 'all', answered: 'all' },
  { phase: 'in a tunnel', request: 'upgrade', sent: 'all', answer: 'upgrade', answered: 'all' },
]

/** What is not a phase of every exchange. */
const further = {
  close: {
    phase: 'in a body that ends with the connection',
    request: 'get',
    sent: 'all',
    answer: 'close',
    answered: 'half a body',
  },
  spooled: {
    phase: 'while a temporary file is sent',
    request: 'get',
    sent: 'all',
    answer: 'huge',
    answered: 'half a body',
    slow: true,
  },
  refused: {
    phase: 'connecting',
    request: 'get',
    sent: 'all',
    path: '/refused',
    only: 'upstream',
  },
  clientHello: {
    phase: 'in the TLS handshake',
    request: 'get',
    sent: 'nothing',
    unshaken: 'client',
    only: 'client',
  },
  upstreamHello: { phase: 'in the TLS handshake', request: 'get', sent: 'all', unshaken: 'upstream' },
} as const satisfies Record<string, Phase>

/** What both connections speak, and where the request goes. */
export interface Way {
  readonly client: 'plain' | 'tls' | 'h2'
  readonly upstream: 'plain' | 'tls'
  /** Bodies are handed on as they come, or collected first. */
  readonly route: 'streamed' | 'buffered'
  /** The connection to the upstream has served a request before. */
  readonly reused?: true
  readonly phases: readonly Phase[]
}

// nginx holds a head back until its buffer has something of a body, and says 499 where that was all.
const buffered = phases.map((phase) =>
  phase.answered === 'head' ? { ...phase, only: 'upstream' as const } : phase,
)
// HTTP/2 has no tunnels in nginx 1.22.1.
const ofHttp2 = phases.filter(({ request }) => request !== 'upgrade')

export const ways: readonly Way[] = [
  {
    client: 'plain',
    upstream: 'plain',
    route: 'streamed',
    phases: [...phases, further.close, further.refused],
  },
  {
    client: 'plain',
    upstream: 'plain',
    route: 'buffered',
    phases: [...buffered, further.close, further.spooled],
  },
  { client: 'plain', upstream: 'plain', route: 'streamed', reused: true, phases: phases.slice(2) },
  {
    client: 'tls',
    upstream: 'plain',
    route: 'streamed',
    phases: [further.clientHello, ...phases, further.close],
  },
  {
    client: 'plain',
    upstream: 'tls',
    route: 'streamed',
    // Unlike nginx, a reset that comes through TLS is not taken for the end of a body.
    phases: [...phases, { ...further.close, only: 'client' }, further.upstreamHello],
  },
  { client: 'h2', upstream: 'plain', route: 'streamed', phases: [...ofHttp2, further.close] },
  { client: 'h2', upstream: 'plain', route: 'buffered', phases: [...ofHttp2, further.close] },
]
