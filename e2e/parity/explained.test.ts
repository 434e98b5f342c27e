/** What is explained is what happens: each request of the cases is asked about, then sent, and both are compared. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { scriptedOrigin } from '../../src/engine/testing/scripted-origin.ts'
import { startWith, type Started } from '../../src/engine/testing/start-with.ts'
import type { FieldPair } from '../../src/status/exchange-record.ts'
import type { Explanation, RequestQuestion } from '../../src/status/explanation.ts'
import { parseCase, type Case } from './format.ts'
import { substitute, toBytes } from './text.ts'

const cases = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.case'))
  .map((name) => parseCase(name.slice(0, -5), readFileSync(`${import.meta.dirname}/${name}`, 'latin1')))
  .filter(isPlain)

// What needs files, certificates or a signal is another matter.
function isPlain({ conf, files, certificates, refused, steps }: Case): boolean {
  return (
    !refused &&
    files.length + certificates.length === 0 &&
    !/%%(PREFIX|SOCKET|DEAD)|^\s*(http|events)\b/m.test(conf) &&
    steps.some(({ kind }) => kind === 'send') &&
    !steps.some(({ kind }) => kind === 'reload')
  )
}

interface Asked {
  readonly question: RequestQuestion
  readonly bytes: string
  readonly port: number
}

test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
  const origin = await scriptedOrigin(() => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
  const values = new Map<string, string>()
  const started = await startWith(substitute(one.conf, fill(values, one, origin.port)))
  try {
    for (const asked of questionsOf(one, values)) await compare(started, asked, origin)
  } finally {
    await started.stop()
    await origin.close()
  }
})

function fill(values: Map<string, string>, { conf }: Case, port: number): Map<string, string> {
  for (const [, name = ''] of conf.matchAll(/%%(PORT\w*|ORIGIN_\d+(?:_PORT)?)%%/g)) {
    if (name.startsWith('PORT')) values.set(name, name === 'PORT' ? '80' : String(8000 + values.size))
    else values.set(name, name.endsWith('_PORT') ? String(port) : `127.0.0.1:${port}`)
  }
  return values
}

// Requests that a browser could be asked to send: HTTP/1.1, a path, no body.
function questionsOf({ steps }: Case, values: ReadonlyMap<string, string>): Asked[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'send' || step.tls) return []
    return step.messages.flatMap((message) => {
      const bytes = toBytes(message, values)
      const [, method, target, head] =
        /^([A-Z]+) (\/[!"$-~]*) HTTP\/1\.1\r\n(.*?)\r\n\r\n$/s.exec(bytes) ?? []
      if (method === undefined || target === undefined || head === undefined) return []
      if (/^(content-length|transfer-encoding|upgrade|expect):/im.test(head) || /[^ -~\r\n]/.test(head))
        return []
      const lines = head.split('\r\n')
      // Of a line without a colon nobody could ask in the window.
      if (lines.some((line) => !line.includes(':'))) return []
      const fields = lines.map((line): FieldPair => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon), line.slice(colon + 1).trim()]
      })
      const host = fields.find(([name]) => name.toLowerCase() === 'host')?.[1]
      if (!host || fields.some(([name]) => !/^[\w-]+$/.test(name))) return []
      const port = Number(values.get(step.port) ?? 80)
      return [{ question: { url: `http://${host}${target}`, method, fields }, bytes, port }]
    })
  })
}

async function compare(
  started: Started,
  { question, bytes, port }: Asked,
  origin: Awaited<ReturnType<typeof scriptedOrigin>>,
): Promise<void> {
  const url = question.url.replace(/^http:\/\/[^/]*/, `http://127.0.0.1:${started.port(port)}`)
  const before = JSON.stringify([started.engine.limits(), started.exchanges.length, started.log])
  const result = await started.engine.explain({ ...question, url })
  if (result.outcome === 'invalid') throw new Error(JSON.stringify(result.problems))
  expect(JSON.stringify([started.engine.limits(), started.exchanges.length, started.log])).toBe(before)
  const exchanges = started.exchanges.length
  const asked = origin.requests.length
  const close = await started.open(bytes, port)
  await started.until(() => started.exchanges.length > exchanges)
  close()
  const record = started.exchanges[exchanges]?.record()
  const told = shown(result.explanation)
  const requests = origin.requests.slice(asked)
  // What auth_request is told nobody knows; copies and questions of its own go to the same origin.
  const sent = requests.find(({ head }) => head === told.head) ?? requests[0]
  if (result.explanation.unknown.includes('auth-request') && sent?.head !== told.head) return
  expect(told).toEqual({
    // A head that is refused is explained before anybody could answer it; before a URI was read there is no route.
    ...(told.route !== undefined && { route: record?.route ?? told.route }),
    ...(sent ? { head: sent.head } : { status: record?.status }),
  })
}

interface Told {
  readonly route?: string
  readonly status?: number
  readonly head?: string
}

function shown({ outcome }: Explanation): Told {
  switch (outcome.kind) {
    case 'proxied': {
      const { route } = outcome.place
      const { verdict, stored } = outcome.cache ?? {}
      return verdict === 'HIT' && stored ? { route, status: stored.status } : { route, head: outcome.head }
    }
    case 'answered':
      return { route: outcome.place.route, status: outcome.status }
    case 'closed':
      return { route: outcome.place.route, status: 444 }
    case 'bad-request':
      return { status: outcome.status }
    default:
      throw new Error(`it was not heard: ${outcome.kind}`)
  }
}
