import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { tryRoute } from './try-route.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
  server = undefined
})

async function answering(status: number): Promise<{ port: number; hosts: string[] }> {
  const hosts: string[] = []
  server = createServer((asked, answer) => {
    hosts.push(asked.headers.host ?? '')
    answer.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, hosts }
}

test('a route is asked by its name on this machine', async () => {
  const { port, hosts } = await answering(204)
  expect(await tryRoute(`http://shop.localhost:${port}/a?b`, '', () => 5)).toEqual({
    status: 204,
    ms: 0,
    resolves: true,
  })
  expect(hosts).toEqual([`shop.localhost:${port}`])
})

test('a service that is not there is told apart from a route that is not there', async () => {
  const { port } = await answering(502)
  expect(await tryRoute(`http://shop.localhost:${port}/`, '', () => 0)).toMatchObject({
    status: 502,
    problem: 'the route works, but its service does not answer: start it, or correct the port',
  })
  expect(await tryRoute('http://shop.localhost:1/', '', () => 0)).toMatchObject({
    status: 0,
    problem: 'nothing listens on port 1 here; start the engine, or apply the draft',
  })
})

test('a name that leads nowhere is told', async () => {
  const { port } = await answering(200)
  expect((await tryRoute(`http://shop.invalid:${port}/`, '', () => 0)).resolves).toBe(false)
})
