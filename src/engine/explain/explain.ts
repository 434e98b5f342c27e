/**
 * What would become of a request: it is read, matched and run through the phases as any other, with nobody at either
 * end, so that nothing is sent, counted, stored or logged.
 */
import { listKeys, pathKey } from '../../config/path.ts'
import type { Explanation, RequestQuestion } from '../../status/explanation.ts'
import type { ListenerStatus } from '../../status/listener-status.ts'
import type { Cycle, ListenSettings } from '../cycle/settings.ts'
import { RequestBody } from '../request/body.ts'
import { makeExchange, runExchange } from '../request/start.ts'
import { bytesOf } from '../request/script.ts'
import type { Exchange } from '../request/exchange.ts'
import { requestFraming } from '../wire/request-framing.ts'
import { parseRequestHead, type RequestHead } from '../wire/request-head.ts'
import { validHost } from '../wire/host.ts'
import { nobody, thoughtOfAddress } from './nobody.ts'
import { serverCandidates } from './servers.ts'
import { RunningTrial, shownText, type Asked } from './trial.ts'

/** `opened`: the sockets that are open, where the cycle runs. */
export async function explain(
  cycle: Cycle,
  asked: Asked,
  opened: readonly ListenerStatus[],
): Promise<Explanation> {
  const { question } = asked
  const trial = new RunningTrial(asked.off)
  const url = takeApart(question.url)
  const head = requestText(question, url)
  const listen = listenOf(cycle, url, opened)
  if (!listen)
    trial.ends({ kind: 'nothing-listens', port: url.port, listens: cycle.listens.map(({ key }) => key) })
  else run(trial, cycle, asked, listen, url, head)
  await trial.ended
  return trial.explanation(shownText(head))
}

interface Url {
  readonly tls: boolean
  /** With the port as written. */
  readonly authority: string
  readonly host: string
  readonly port: number
  readonly target: string
}

// Not the browser's URL, which would make the path normal before anybody sees it.
function takeApart(text: string): Url {
  const [, scheme = 'http', authority = '', rest = ''] = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(text) ?? []
  const tls = scheme.toLowerCase() === 'https'
  const [, host = authority, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? []
  return {
    tls,
    authority: bytesOf(authority),
    host: host.replace(/^\[|\]$/g, '').toLowerCase(),
    port: port ? Number(port) : tls ? 443 : 80,
    target: bytesOf(`${rest.startsWith('/') ? '' : '/'}${rest.replace(/[ \t]/g, '%20')}`),
  }
}

function requestText({ method, fields }: RequestQuestion, { authority, target }: Url): string {
  const named = fields.some(([name]) => name.toLowerCase() === 'host')
  const lines = [...(named ? [] : [['Host', authority] as const]), ...fields]
  return `${bytesOf(method)} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${bytesOf(name)}: ${bytesOf(value)}\r\n`).join('')}\r\n`
}

// The port that is open on this machine comes first, then the one of the configuration.
function listenOf(cycle: Cycle, url: Url, opened: readonly ListenerStatus[]): ListenSettings | undefined {
  const local = addressOf(url)
  const openPort = (listen: ListenSettings): number | undefined =>
    opened.find((one) => one.listen === listen.key.replace(/^\*:/, ''))?.port ?? listen.localPort
  const fits = ({ localAddress }: ListenSettings): boolean =>
    localAddress === local || localAddress === '*' || localAddress === '0.0.0.0' || localAddress === '::'
  const [exact] = [openPort, (listen: ListenSettings) => listen.port].flatMap((portOf) => {
    const there = cycle.listens.filter((listen) => portOf(listen) === url.port && fits(listen))
    return there.find(({ localAddress }) => localAddress === local) ?? there.slice(0, 1)
  })
  return exact
}

// Names are taken to be this machine's.
function addressOf({ host }: Url): string {
  return /^[\d.]+$/.test(host) || host.includes(':') ? host : '127.0.0.1'
}

function run(
  trial: RunningTrial,
  cycle: Cycle,
  asked: Asked,
  listen: ListenSettings,
  url: Url,
  text: string,
): void {
  const sni = url.tls && !/^[\d.]+$|:/.test(url.host) ? url.host : ''
  const address = addressOf(url)
  trial.tell({
    step: 'listener',
    listen: listen.key,
    address: `${address}:${url.port}`,
    tls: listen.ssl,
    sni,
  })
  const virtual = listen.byAddress?.get(address) ?? listen.virtual
  if (url.tls && !listen.ssl) {
    trial.ends({ kind: 'not-tls', listen: listen.key })
    return
  }
  const greeted = virtual.names.find(validHost(sni) ?? '')?.server ?? virtual.default
  if (url.tls && greeted.tls.reject) {
    trial.ends({ kind: 'handshake-refused', place: { route: greeted.route, label: greeted.label } })
    return
  }
  const head = read(trial, listen, text)
  if (!head) return
  const framing = requestFraming(head)
  if ('bad' in framing) {
    trial.ends({ kind: 'bad-request', status: framing.bad, reason: framing.reason })
    return
  }
  const now = cycle.clock.monotonic()
  const x = makeExchange(
    { cycle: aside(cycle, trial), settings: listen, nextExchange: () => 0 },
    nobody(trial),
    thoughtOfAddress(
      asked.question.client ?? '127.0.0.1',
      address,
      { server: listen.port ?? 0, local: url.port },
      url.tls ? sni : undefined,
      now,
    ),
    head,
    new RequestBody(noSource, framing.body, framing.length, framing.expectContinue),
    framing.serverName,
    now,
  )
  x.keepalive = framing.keepalive
  x.trial = trial
  x.headerOnly = true
  trial.server = writtenServer(asked, x)
  const candidates = serverCandidates(asked, virtual, x.server, framing.serverName)
  trial.tell({ step: 'server', host: shownText(framing.serverName), candidates })
  runExchange(x, listen.ssl && !url.tls)
}

const noSource = {
  resumeBody: (): void => undefined,
  readNow: (): void => undefined,
  sendContinue: (): void => undefined,
}

function read(trial: RunningTrial, listen: ListenSettings, text: string): RequestHead | undefined {
  const bytes = Buffer.from(text, 'latin1')
  const result = parseRequestHead(bytes, 0, bytes.length, listen.virtual.default.headLimits, 0)
  if (result.kind === 'head') return result.head
  const { status, reason } = result.kind === 'bad' ? result : { status: 400, reason: 'the head has no end' }
  // What is nginx's own number is sent as 400.
  trial.ends({ kind: 'bad-request', status: status === 494 ? 400 : status, reason })
  return undefined
}

// The same configuration, with counters and logs of its own, and nobody who takes note.
function aside(cycle: Cycle, trial: RunningTrial): Cycle {
  const own: Partial<Cycle> = {
    counters: { ...cycle.counters },
    active: 0,
    reporter: { exchange: () => undefined, log: () => undefined },
    log: (_targets, severity, message) =>
      trial.tell({ step: 'log', severity, message: shownText(message.replace(/, client: .*/s, '')) }),
  }
  return Object.assign(Object.create(cycle) as Cycle, own)
}

function writtenServer({ config }: Asked, x: Exchange): RunningTrial['server'] {
  const servers = config.http?.servers ?? []
  const keys = listKeys('servers', servers)
  return servers.find((_, index) => pathKey(['http', 'servers', keys[index] ?? '']) === x.server.route)
}
