import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { portOwner } from './port-owner.ts'
import { namePortOwners } from './port-problems.ts'

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listening(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

test.runIf(process.platform === 'linux')('the process that listens on a port is found', async () => {
  const port = await listening('127.0.0.1')
  expect((await portOwner(port))?.pid).toBe(process.pid)
  expect(await portOwner(1)).toBe(undefined)
})

test('a problem about a port in use says who has it and what to do', async () => {
  const problem = {
    severity: 'error' as const,
    code: 'bind',
    message: 'bind() to 127.0.0.1:8080 failed (98: Address already in use)',
  }
  const other = { severity: 'error' as const, code: 'x', message: 'something else' }
  expect(
    await namePortOwners([problem, other], async (port) => ({ pid: 42, name: `node on ${port}` })),
  ).toEqual([
    {
      ...problem,
      code: 'port-in-use',
      fix: 'port 8080 is taken by node on 8080 (process 42); stop it, or open another port here for this one',
    },
    other,
  ])
  expect((await namePortOwners([problem], async () => undefined))[0]?.fix).toContain(
    'taken by another program',
  )
})
