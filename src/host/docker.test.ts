import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { containers, dockerSocket, readContainers } from './docker.ts'

let folder = ''
let server: Server | undefined
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'docker-'))))
afterEach(() => {
  server?.close()
  server = undefined
  rmSync(folder, { recursive: true, force: true })
})

async function docker(status: number, body: string): Promise<string> {
  const socket = join(folder, 'docker.sock')
  server = createServer((asked, answer) => {
    answer.writeHead(asked.url === '/containers/json' ? status : 404, { 'content-type': 'application/json' })
    answer.end(body)
  }).listen(socket)
  await once(server, 'listening')
  return socket
}

const listed = [
  {
    Names: ['/my-app'],
    Image: 'my/app:1',
    Ports: [
      { IP: '0.0.0.0', PrivatePort: 3000, PublicPort: 32768, Type: 'tcp' },
      { IP: '::', PrivatePort: 3000, PublicPort: 32768, Type: 'tcp' },
      { PrivatePort: 53, Type: 'udp' },
      { PrivatePort: 9229, Type: 'tcp' },
    ],
    NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2' } } },
  },
  { Names: ['/quiet'], Image: 'quiet', Ports: [] },
]

test('containers are listed with where their ports are reached', async () => {
  const socket = await docker(200, JSON.stringify(listed))
  expect(await containers(socket, 'linux')).toEqual([
    { name: 'my-app:3000', address: '127.0.0.1:32768', image: 'my/app:1' },
    { name: 'my-app:9229', address: '172.17.0.2:9229', image: 'my/app:1' },
  ])
})

test('where containers have no address of their own, only published ports are told', () => {
  expect(readContainers(listed, 'darwin').map(({ name }) => name)).toEqual(['my-app:3000'])
})

test('without Docker there are no containers, and one that is broken says so', async () => {
  expect(await containers(join(folder, 'none.sock'))).toEqual([])
  await expect(containers(await docker(500, '{}'))).rejects.toThrow(
    'Docker answered 500 to GET /containers/json',
  )
})

test('DOCKER_HOST says where it is', () => {
  expect(dockerSocket({})).toBe('/var/run/docker.sock')
  expect(dockerSocket({ DOCKER_HOST: 'unix:///run/user/1000/docker.sock' })).toBe(
    '/run/user/1000/docker.sock',
  )
  expect(dockerSocket({ DOCKER_HOST: 'tcp://10.0.0.1:2375' })).toBeUndefined()
})
