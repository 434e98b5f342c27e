/**
 * Asks a real nginx which peer it chooses, thousands of times, and compares with what our balancers choose:
 * round robin's sequence, and the peer of each key of hash, consistent hash and ip_hash.
 *
 *     node e2e/parity/peers.ts            six lists of weights
 *     node e2e/parity/peers.ts --short    two of them, a step of `npm test`
 */
import { ConsistentHashChoice, ringOf } from '../../src/engine/upstream/consistent-hash.ts'
import { HashChoice } from '../../src/engine/upstream/hash.ts'
import { IpHashChoice } from '../../src/engine/upstream/ip-hash.ts'
import { Peer } from '../../src/engine/upstream/peer.ts'
import { FallbackChoice, pickSmooth, totalWeight } from '../../src/engine/upstream/round-robin.ts'
import { addressBytes } from '../../src/engine/request/address-bytes.ts'
import { engineCommand, freePort, makePrefix, removePrefix, startEngine } from '../support/nginx.ts'
import { RawClient } from '../support/raw-client.ts'
import { seededRandom } from '../../src/engine/testing/seeded-random.ts'

const shortLists = [
  [5, 1, 1],
  [7, 1, 4, 2],
]
const longLists = [...shortLists, [1, 1, 1], [2, 3], [1, 100], [3, 3, 3, 2, 1, 1, 9]]
const weightLists = process.argv.includes('--short') ? shortLists : longLists
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~%?=&'
const keys = 10_000
const roundRobinRequests = 1000

/** One upstream block and the requests that ask it. */
interface Question {
  readonly title: string
  readonly block: string
  readonly peers: readonly Peer[]
  /** The request target of each question, and the client's address where it counts. */
  readonly asked: readonly { target: string; client?: string }[]
  readonly ours: (index: number) => Peer | undefined
}

if (!engineCommand('nginx')) {
  console.log('nginx cannot be run: apt-get install nginx')
  process.exitCode = 1
} else process.exitCode = await compare()

async function compare(): Promise<number> {
  const ports: number[] = []
  while (ports.length < 8) ports.push(await freePort())
  const front = await freePort()
  const questions = weightLists.flatMap((weights) => questionsOf(weights, ports))
  const prefix = await makePrefix()
  const nginx = await startEngine({
    engine: 'nginx',
    prefix,
    config: configOf(questions, ports, front),
    logLevel: 'error',
  })
  let failed = 0
  try {
    for (const [index, question] of questions.entries()) {
      const said = await ask(front, index, question)
      const ours = question.asked.map((_, i) => question.ours(i)?.name.replace(/^.*:/, ''))
      const wrong = said.findIndex((port, i) => port !== ours[i])
      if (wrong >= 0) failed++
      const verdict =
        wrong < 0
          ? `${said.length} identical`
          : `request ${wrong} (${JSON.stringify(question.asked[wrong])}) went to ${said[wrong]}, ours to ${ours[wrong]}`
      console.log(`${wrong < 0 ? 'ok  ' : 'FAIL'} ${question.title.padEnd(40)} ${verdict}`)
    }
  } finally {
    await nginx.stop()
    await removePrefix(prefix)
  }
  console.log(`${questions.length - failed} passed, ${failed} failed, 0 skipped`)
  return failed > 0 ? 1 : 0
}

function questionsOf(weights: readonly number[], ports: readonly number[]): Question[] {
  const label = weights.join(',')
  const servers = weights.map((weight, i) => `server 127.0.0.1:${ports[i]} weight=${weight};`).join(' ')
  const peersOf = (): Peer[] =>
    weights.map((weight, i) => {
      const name = `127.0.0.1:${ports[i]}`
      return new Peer({ name, server: name, dial: { path: '' }, weight })
    })
  const turning = peersOf()
  const still = peersOf()
  const total = totalWeight(still)
  const ring = ringOf(still)
  const random = seededRandom(label)
  const texts = Array.from({ length: keys }, (_, i) => (i < 100 ? String(i) : keyOf(random)))
  const clients = Array.from({ length: keys }, () => clientOf(random))
  const byKey = texts.map((text) => ({ target: `/${text}` }))
  return [
    {
      title: `round robin ${label}`,
      block: servers,
      peers: turning,
      asked: Array.from({ length: roundRobinRequests }, () => ({ target: '/' })),
      ours: () => new FallbackChoice(turning, [], pickSmooth).next(0),
    },
    {
      title: `hash ${label}`,
      block: `hash $request_uri; ${servers}`,
      peers: still,
      asked: byKey,
      ours: (i) => new HashChoice(still, total, `/${texts[i]}`).next(0),
    },
    {
      title: `hash consistent ${label}`,
      block: `hash $request_uri consistent; ${servers}`,
      peers: still,
      asked: byKey,
      ours: (i) => new ConsistentHashChoice(still, ring, `/${texts[i]}`).next(0),
    },
    {
      title: `ip_hash ${label}`,
      block: `ip_hash; ${servers}`,
      peers: still,
      asked: clients.map((client) => ({ target: '/', client })),
      ours: (i) => new IpHashChoice(still, total, addressBytes(clients[i] ?? '')).next(0),
    },
  ]
}

function keyOf(random: () => number): string {
  const length = 1 + Math.floor(random() * 40)
  const text = Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('')
  // What is refused has no peer: a broken escape, and `..` as a segment.
  return `k${text.replaceAll('%', '%41')}`
}

function clientOf(random: () => number): string {
  if (random() < 0.7) return [1, 2, 3, 4].map(() => Math.floor(random() * 256)).join('.')
  return Array.from({ length: 8 }, () => Math.floor(random() * 65_536).toString(16)).join(':')
}

function configOf(questions: readonly Question[], ports: readonly number[], front: number): string {
  const upstreams = questions.map(({ block }, i) => `upstream u${i} { ${block} keepalive 8; }`).join('\n')
  const routes = questions.map((_, i) => `"${i}" u${i};`).join(' ')
  const origins = ports.map(
    (port) => `server { listen 127.0.0.1:${port}; keepalive_requests 1000000; return 200 "${port}"; }`,
  )
  return `worker_processes 1;
events {}
http {
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  set_real_ip_from 127.0.0.1; real_ip_header X-Client;
  map $http_x_question $group { ${routes} }
  ${upstreams}
  ${origins.join('\n')}
  server {
    listen 127.0.0.1:${front}; keepalive_requests 1000000;
    location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://$group; }
  }
}`
}

/** The port each request went to. One connection, so that nginx has them one after the other. */
async function ask(front: number, index: number, { asked }: Question): Promise<string[]> {
  const client = await RawClient.connect({ port: front })
  const answers: string[] = []
  for (let from = 0; from < asked.length; from += 100) {
    const some = asked.slice(from, from + 100)
    client.write(
      some
        .map(
          (each) =>
            `GET ${each.target} HTTP/1.1\r\nHost: x\r\nX-Question: ${index}\r\n${each.client ? `X-Client: ${each.client}\r\n` : ''}\r\n`,
        )
        .join(''),
    )
    for (const _ of some) answers.push((await client.response('GET')).body)
  }
  client.destroy()
  return answers
}
