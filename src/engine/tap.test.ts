import { expect, test } from 'vitest'
import type { RunningExchange } from './index.ts'
import { rawClient } from './testing/raw-client.ts'
import { scriptedOrigin } from './testing/scripted-origin.ts'
import { startWith } from './testing/start-with.ts'

/** What goes through exchanges of these settings, a line a piece. */
async function tapping(http: (origin: number) => string, run: (port: number) => Promise<void>) {
  const told: string[] = []
  const opened: RunningExchange[] = []
  const origin = await scriptedOrigin(
    () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  )
  const started = await startWith(http(origin.port), {
    tap: (running) => {
      opened.push(running)
      return {
        body: (side, buffer, start, end) =>
          void told.push(`${side}: ${buffer.toString('latin1', start, end)}`),
        tunnel: () => undefined,
      }
    },
  })
  await run(started.port(80))
  await started.stop()
  await origin.close()
  return { told, opened }
}

async function send(port: number, bytes: string): Promise<string> {
  const client = await rawClient(port)
  client.send(bytes)
  return client.closed
}

const head = 'HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'

test('bodies are told without their framing, the answer behind its filters', async () => {
  const { told } = await tapping(
    (origin) =>
      `server { listen 80; location / { proxy_pass http://127.0.0.1:${origin};
       sub_filter b BB; sub_filter_types *; } }`,
    async (port) => {
      await send(port, `POST / ${head}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`)
    },
  )
  expect(told.filter((line) => line.startsWith('request'))).toEqual(['request: he', 'request: llo'])
  expect(told).toContain('upstream-response: abc')
  const sent = told.flatMap((line) => /^response: (.*)/.exec(line)?.[1] ?? [])
  expect(sent.join('')).toBe('aBBc')
})

test('an answer without a body tells none, whatever was made for it', async () => {
  const { told, opened } = await tapping(
    () => 'server { listen 80; location / { return 200 hello; } }',
    async (port) => {
      await send(port, `HEAD / ${head}\r\n`)
      await send(port, `GET / ${head}\r\n`)
    },
  )
  expect([opened.length, told]).toEqual([2, ['response: hello']])
})
