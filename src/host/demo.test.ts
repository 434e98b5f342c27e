import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { startDemo } from './demo.ts'

test('the demo answers at its ports and is routed to; it ends when told', async () => {
  // Seven ports in a row, where nobody else on a machine is likely to be.
  const base = 20_000 + Math.floor(Math.random() * 1800) * 7
  const demo = await startDemo({ base })
  const answer = await fetch(`http://127.0.0.1:${base + 1}/users`)
  expect(await answer.json()).toMatchObject({ instance: 'api-1', port: base + 1 })
  expect(demo.config.http?.upstreams?.[0]?.server?.map(({ address }) => address)).toContain(
    `127.0.0.1:${base + 1}`,
  )
  demo.stop()
  await expect
    .poll(
      () =>
        fetch(`http://127.0.0.1:${base + 1}/`).then(
          () => 'answered',
          () => 'gone',
        ),
      { timeout: 5000 },
    )
    .toBe('gone')
})

test('a port that is taken is said by name', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  await expect(startDemo({ base: port })).rejects.toThrow(`port ${port} is taken by`)
  taken.close()
})
