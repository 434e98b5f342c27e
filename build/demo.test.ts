// The demo services over real sockets, and the configuration that routes to them.
import { fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoConfiguration, portsOf, startDemo } from '../resources/demo/services.mjs'

const program = resolve(import.meta.dirname, '../resources/demo/services.mjs')

type Demo = Awaited<ReturnType<typeof startDemo>>

/** Starts it on seven free ports in a row. They cannot be asked for, so a row is tried until one is free. */
async function startAnywhere(): Promise<Demo> {
  for (let tries = 0; ; tries++) {
    const base = 20_000 + 7 * Math.floor(Math.random() * 1500)
    try {
      return await startDemo({ base })
    } catch (error) {
      if (tries === 20) throw error
    }
  }
}

describe('demo services', () => {
  let demo: Demo
  beforeAll(async () => {
    demo = await startAnywhere()
  })
  afterAll(() => demo.stop())
  const api = (n: number, path: string): string => `http://127.0.0.1:${demo.ports.api[n - 1]}${path}`

  test('each API says which it is and what it received', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(async (n) => {
        const response = await fetch(api(n, '/users/7?x=1'), { headers: { 'X-Real-IP': '10.0.0.1' } })
        const { headers, ...said } = (await response.json()) as { headers: Record<string, string> }
        return { ...said, ip: headers['X-Real-IP'], named: response.headers.get('x-instance') }
      }),
    )
    expect(answers).toEqual(
      [1, 2, 3, 4].map((n) => ({
        instance: `api-${n}`,
        port: demo.ports.web + n,
        method: 'GET',
        path: '/users/7',
        query: { x: '1' },
        ip: '10.0.0.1',
        named: `api-${n}`,
      })),
    )
  })

  test.for([200, 204, 304, 404, 503])('the API answers %i where asked for', async (status) => {
    const response = await fetch(api(1, `/status/${status}`))
    await response.text()
    expect(response.status).toBe(status)
  })

  test('the API says what was posted, and echoes it raw', async () => {
    const said = (await (
      await fetch(api(2, '/orders'), { method: 'POST', body: 'two gates' })
    ).json()) as object
    expect(said).toMatchObject({ method: 'POST', body: 'two gates', bytes: 9 })
    const raw = await fetch(api(2, '/echo'), {
      method: 'POST',
      body: 'raw',
      headers: { 'content-type': 'text/x-raw' },
    })
    expect([raw.headers.get('content-type'), await raw.text()]).toEqual(['text/x-raw', 'raw'])
  })

  test('the API answers as late as it is asked to', async () => {
    const begun = performance.now()
    await (await fetch(api(1, '/?ms=120'))).text()
    expect(performance.now() - begun).toBeGreaterThan(115)
  })

  test('a paused API does not listen, and then does again', async () => {
    await (await fetch(api(3, '/pause?ms=200'), { method: 'POST' })).text()
    await expect.poll(() => fetch(api(3, '/')).catch(() => 'refused')).toBe('refused')
    await expect.poll(() => fetch(api(3, '/')).then((r) => r.status, String)).toBe(200)
  })

  test('the web page is whole', async () => {
    const page = await fetch(`http://127.0.0.1:${demo.ports.web}/`)
    const html = await page.text()
    const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1])
    const answers = await Promise.all(parts.map((path) => fetch(`http://127.0.0.1:${demo.ports.web}${path}`)))
    await Promise.all(answers.map((answer) => answer.text()))
    expect([page.status, ...answers.map((answer) => answer.status)]).toEqual([200, 200, 200, 200])
    expect((await fetch(`http://127.0.0.1:${demo.ports.web}/nothing`)).status).toBe(404)
  })

  test('events come one by one and go on after the last one seen', async () => {
    const leave = new AbortController()
    const response = await fetch(`http://127.0.0.1:${demo.ports.events}/?ms=10`, {
      headers: { 'last-event-id': '41' },
      signal: leave.signal,
    })
    let seen = ''
    for await (const chunk of response.body ?? []) {
      seen += Buffer.from(chunk).toString()
      if (seen.includes('id: 43')) break
    }
    leave.abort()
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect([...seen.matchAll(/id: (\d+)/g)].map((match) => match[1]).slice(0, 2)).toEqual(['42', '43'])
  })

  test.for(['hello', 'ü'.repeat(200), 'x'.repeat(70_000)])(
    'the WebSocket echoes text whatever its length',
    async (said) => {
      const socket = new WebSocket(`ws://127.0.0.1:${demo.ports.ws}/ws`)
      await once(socket, 'open')
      socket.send(said)
      const [event] = (await once(socket, 'message')) as [MessageEvent<string>]
      expect(event.data === said).toBe(true)
      socket.close(1000)
      expect(((await once(socket, 'close')) as [CloseEvent])[0].code).toBe(1000)
    },
  )

  test.for<[wrong: string, frame: number[], answer: number[]]>([
    ['a ping is answered by its pong', [0x89, 0x82, 0, 0, 0, 0, 1, 2], [0x8a, 2, 1, 2]],
    [
      'a text in two frames is one text',
      [0x01, 0x81, 0, 0, 0, 0, 0x61, 0x80, 0x81, 0, 0, 0, 0, 0x62],
      [0x81, 2, 0x61, 0x62],
    ],
    ['a mask is taken off', [0x82, 0x81, 1, 2, 3, 4, 1 ^ 7], [0x82, 1, 7]],
    ['a frame without mask is refused', [0x81, 0x01, 0x61], [0x88, 2, 0x03, 0xea]],
    ['a reserved bit is refused', [0xc1, 0x81, 0, 0, 0, 0, 0x61], [0x88, 2, 0x03, 0xea]],
    ['a continuation of nothing is refused', [0x80, 0x81, 0, 0, 0, 0, 0x61], [0x88, 2, 0x03, 0xea]],
    ['text that is not UTF-8 is refused', [0x81, 0x81, 0, 0, 0, 0, 0xff], [0x88, 2, 0x03, 0xef]],
    ['2 MiB are too much', [0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0], [0x88, 2, 0x03, 0xf1]],
  ])('%s', async ([, frame, answer]) => {
    const socket = connect(demo.ports.ws, '127.0.0.1')
    socket.write(
      'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    socket.write(Uint8Array.from(frame))
    let received = Buffer.alloc(0)
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk])
      const start = received.indexOf('\r\n\r\n') + 4
      if (start > 3 && received.length >= start + answer.length) break
    }
    const [head = '', rest = ''] = received.toString('latin1').split('\r\n\r\n')
    expect([head.split('\r\n').at(-1), [...Buffer.from(rest, 'latin1')]]).toEqual([
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', // the example of RFC 6455 §1.3
      answer,
    ])
  })

  test('taken ports are each named, with the process, and nothing is left listening', async () => {
    const failed = await startDemo({ base: demo.ports.web + 4 }).catch((error: Error) =>
      error.message.split('\n'),
    )
    const names = ['web page', 'API 1', 'API 2']
    const who = process.platform === 'linux' ? `\\(process ${process.pid}\\)` : ''
    expect(failed).toEqual(
      names.map(
        (name, i) =>
          expect.stringMatching(
            `^demo ${name}: port ${demo.ports.web + 4 + i} is taken by .*${who}.*--demo-base`,
          ) as unknown,
      ),
    )
    const probe = createServer().listen(demo.ports.events + 1, '127.0.0.1')
    await once(probe, 'listening')
    probe.close()
  })
})

describe('demo services as a program', () => {
  /** A base port that was free a moment ago. */
  async function freeBase(): Promise<string> {
    const demo = await startAnywhere()
    await demo.stop()
    return String(demo.ports.web)
  }

  test('it ends when its input is closed', async () => {
    const child = spawn(process.execPath, [program, '--demo-base', await freeBase()], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.stdin.end()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('it ends when the program that forked it goes', async () => {
    const child = fork(program, ['--demo-base', await freeBase()], { silent: true })
    const [message] = (await once(child, 'message')) as [{ kind: string }]
    expect(message.kind).toBe('ready')
    child.disconnect()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('it says what is wrong with its ports and fails', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const child = fork(program, ['--demo-base', String(port)], { silent: true })
    const [message] = (await once(child, 'message')) as [{ kind: string; problems: string[] }]
    const [status] = (await once(child, 'exit')) as [number]
    taken.close()
    expect([message.kind, message.problems[0], status]).toEqual([
      'failed',
      expect.stringContaining(`port ${port} is taken`),
      1,
    ])
  })
})

describe('demo configuration', () => {
  test('with other ports it routes to those', () => {
    const used = [...demoConfiguration(4000).matchAll(/127\.0\.0\.1:(\d+)/g)].map((match) => Number(match[1]))
    const { web, api, ws, events } = portsOf(4000)
    expect([...new Set(used)].sort()).toEqual([web, ...api, ws, events])
  })

  test('a real nginx accepts it', async ({ skip }) => {
    const nginx = ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find((path) => existsSync(path))
    if (nginx === undefined) return skip('there is no nginx here')
    const folder = await mkdtemp(join(tmpdir(), 'sluicegate-demo-'))
    const certificate = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
    ]
    const files = ['-keyout', `${folder}/app.localhost.key`, '-out', `${folder}/app.localhost.pem`]
    spawnSync('openssl', [...certificate, ...files, '-subj', '/CN=app.localhost', '-days', '2'])
    const here = demoConfiguration().replaceAll(/\/etc\/ssl\/sluicegate|\/var\/log\/nginx/g, folder)
    await writeFile(join(folder, 'nginx.conf'), here)
    const child = spawn(nginx, ['-t', '-c', join(folder, 'nginx.conf'), '-g', `pid ${folder}/pid;`])
    const ended = once(child, 'exit') as Promise<[status: number]>
    const [said, [status]] = await Promise.all([text(child.stderr), ended])
    await rm(folder, { recursive: true })
    expect({ said, status }).toEqual({
      said: expect.stringContaining('test is successful'),
      status: 0,
    })
  })
})
