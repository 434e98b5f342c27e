/** What was explained, in plain sentences: one for each thing that happens on the way. */
import type {
  Candidate,
  ExplainedPeer,
  ExplainOutcome,
  ExplainStep,
  LocationWhy,
  ServerWhy,
  Unknown,
} from '../../../status/explanation.ts'
import { say, type Piece } from './pieces.ts'

type Of<S extends ExplainStep['step']> = Extract<ExplainStep, { step: S }>

const serverReasons: { readonly [W in ServerWhy]: (name: string) => Piece[] } = {
  'exact-name': (name) => say`answers: its name ${name} is exactly the one asked for`,
  'suffix-name': (name) => say`answers: ${name} is the longest name with a star in front that fits`,
  'prefix-name': (name) => say`answers: ${name} is the longest name with a star at its end that fits`,
  'regex-name': (name) => say`answers: the expression ${name} is the first that fits`,
  default: () => say`answers: no name fits, and it is the default server here`,
  'switched-off': () => say`is switched off on this machine`,
  'other-listen': () => say`listens on another address or port`,
  'other-name': () => say`has no name that fits`,
  'less-exact': (name) => say`fits by ${name}, but a more exact name wins`,
  'later-expression': (name) => say`fits by ${name}, but an expression that stands before it wins`,
  'same-name': (name) => say`has the name ${name} too, but the server that stands first keeps it`,
}

const locationReasons: { readonly [W in LocationWhy]: Piece[] } = {
  exact: say`wins: the path is exactly this, and nothing else is looked at`,
  'longest-prefix': say`wins: the longest prefix that fits, and no expression does`,
  'decisive-prefix': say`wins: the longest prefix that fits, and ${'^~'} keeps expressions from being tried`,
  'first-expression': say`wins: the first expression that fits`,
  'slash-missing': say`would fit with a slash at the end, so the client is sent there`,
  'whole-server': say`answers itself: no location fits`,
  'switched-off': say`is switched off on this machine`,
  'no-match': say`does not fit the path`,
  'exact-won': say`fits, but an exact location ends the search`,
  shorter: say`fits, but a longer prefix does, too`,
  'expression-won': say`is the longest prefix that fits, but an expression comes before prefixes`,
  'later-expression': say`fits or might, but an expression that stands before it wins`,
  'expressions-not-tried': say`is an expression, and none is tried here any more`,
  'outer-lost': say`stands inside a location that does not win`,
  'holds-winner': say`fits, and is looked through: the winner stands inside it`,
  'only-by-name': say`is never matched by a path; it is gone to by its name`,
}

export function serverReason({ why, name = '' }: Candidate<ServerWhy>): Piece[] {
  return serverReasons[why](name)
}

export function locationReason({ why }: Candidate<LocationWhy>): Piece[] {
  return locationReasons[why]
}

const rewriteWords: { readonly [O in Of<'rewrite'>['outcome']]: (step: Of<'rewrite'>) => Piece[] } = {
  changed: ({ before = '', after = '' }) => say`makes ${after} of ${before}`,
  'no-match': ({ before = '' }) => say`does not fit ${before}`,
  holds: () => say`holds`,
  'does-not-hold': () => say`does not hold`,
  set: ({ after = '' }) => say`is set to ${after}`,
  redirects: ({ after = '' }) => say`sends the client to ${after}`,
  returns: ({ after }) => (after === undefined ? say`answers at once` : say`answers at once with ${after}`),
  ends: () => say`ends the rewrites of this block`,
}

/** How a step is called, short. */
export const stepTitles: { readonly [S in ExplainStep['step']]: string } = {
  listener: 'Listener',
  server: 'Server',
  location: 'Location',
  'real-ip': 'Client address',
  rewrite: 'Rewrite',
  limit: 'Limit',
  access: 'Access',
  auth: 'Password',
  'ask-first': 'Permission',
  'refused-by': 'Access',
  'try-file': 'File',
  mirror: 'Mirror',
  'internal-redirect': 'Inside again',
  log: 'Log',
}

type Words = { readonly [S in ExplainStep['step']]: (step: Of<S>) => Piece[] }

const stepWords: Words = {
  listener: ({ listen, address, tls }) =>
    tls
      ? say`${listen} hears it at ${address} and speaks TLS`
      : say`${listen} hears it at ${address} without TLS`,
  server: ({ host }) => say`is chosen by the name ${host}`,
  location: ({ uri, internal }) =>
    internal
      ? say`is chosen by the path ${uri}; the winner is internal, so a client gets 404`
      : say`is chosen by the path ${uri}`,
  'real-ip': ({ from, to }) => say`${from} is believed: the client is ${to}`,
  rewrite: (step) => [...say`${step.directive} `, ...rewriteWords[step.outcome](step)],
  limit: limitWords,
  access: ({ address, rule, allowed }) =>
    rule === undefined
      ? say`no rule fits ${address}, so it is let in`
      : say`${rule} decides for ${address}: ${allowed ? 'let in' : 'refused with 403'}`,
  auth: ({ realm, verdict, file }) => {
    if (verdict === 'off') return say`none is asked for`
    if (verdict === 'no-password') return say`none is given, so ${realm} asks for one with 401`
    return verdict === 'right' ? say`it is right by ${file}` : say`it is not in ${file}: 401`
  },
  'ask-first': ({ uri }) => say`a subrequest to ${uri} decides; here it is taken to allow`,
  'refused-by': ({ status }) => say`refused with ${status}`,
  'try-file': ({ path, folder, found }) =>
    found ? say`${path} is there` : folder ? say`${path} is no folder here` : say`${path} is no file here`,
  mirror: ({ uri }) => say`a copy goes to ${uri}; its answer is thrown away`,
  'internal-redirect': ({ to, status }) =>
    status === undefined ? say`goes on as ${to}` : say`the error page of ${status} is ${to}`,
  log: ({ severity, message }) => say`the error log would say ${`[${severity}] ${message}`}`,
}

function limitWords({ kind, zone, key, load, most, verdict, waitMs, dryRun }: Of<'limit'>): Piece[] {
  if (verdict === 'not-counted') return say`${zone} does not count it: its key is empty`
  const shown = Number(load.toFixed(3))
  const counted =
    kind === 'requests'
      ? say`${zone} counts ${key}: ${shown} over its rate, ${most} are let in; `
      : say`${zone} counts ${key}: ${shown} at once with this one, ${most} are let in; `
  const would = dryRun ? ' (a dry run: it is only told)' : ''
  const [ends] = [
    verdict === 'refused' ? `it is refused${would}` : '',
    verdict === 'waits' ? `it waits ${Math.ceil(waitMs)} ms${would}` : '',
    'it passes',
  ].filter(Boolean)
  return [...counted, { text: ends ?? '', code: false }]
}

/** What happens in one step. */
export function stepSentence(step: ExplainStep): Piece[] {
  return (stepWords[step.step] as (step: ExplainStep) => Piece[])(step)
}

/** How it ends. */
export function outcomeSentence(outcome: ExplainOutcome): Piece[] {
  switch (outcome.kind) {
    case 'nothing-listens':
      return outcome.listens.length === 0
        ? say`Nothing listens: the configuration has no server.`
        : say`Nothing listens on port ${outcome.port}. Listens are ${outcome.listens.join(', ')}.`
    case 'not-tls':
      return say`${outcome.listen} does not speak TLS: the handshake fails before there is a request. Open it with ${'http://'}, or add ${'ssl'} to the listen.`
    case 'handshake-refused':
      return say`${outcome.place.label} turns the TLS handshake away (${'ssl_reject_handshake'}).`
    case 'bad-request':
      return say`The request is refused with ${outcome.status}: ${outcome.reason}.`
    case 'closed':
      return say`${outcome.place.label} closes the connection without an answer.`
    case 'answered':
      return say`${outcome.place.label} answers ${outcome.status} itself; no upstream is asked.`
    case 'proxied':
      return proxiedSentence(outcome)
  }
}

function proxiedSentence({ place, url, cache }: Extract<ExplainOutcome, { kind: 'proxied' }>): Piece[] {
  switch (cache?.verdict) {
    case 'HIT':
      return say`${place.label} answers from the cache ${cache.zone}; the upstream is not asked.`
    case 'STALE':
    case 'UPDATING':
      return say`${place.label} answers from the cache ${cache.zone} with what is stale, while it is fetched anew from ${url}.`
    default:
      return say`${place.label} asks ${url}.`
  }
}

export const unknownWords: { readonly [U in Unknown]: string } = {
  'auth-request': 'what the permission subrequest is answered; here it is taken to allow.',
  'name-lookup': 'which addresses the upstream’s name has: it is looked up when the request is sent.',
  'upstream-answer':
    'what the upstream answers, and so its status, what is stored of it, and what fields made of it would say.',
  'stored-meanwhile': 'what is stored by the time the request is sent.',
}

export const peerWords: { readonly [S in ExplainedPeer['state']]: string } = {
  'may-be-picked': 'may be picked',
  down: 'down',
  draining: 'draining',
  failed: 'left out after failures',
  unhealthy: 'left out by its health check',
  full: 'at its max_conns',
}
