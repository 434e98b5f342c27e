import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { listening, readLsof, readNetstat, readProcTable } from './listening.ts'

test('the kernel’s table of sockets is read, listening ones only', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1
   1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4712 1
   2: 0100007F:0BB8 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4713 1
   3: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4714 1
   4: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4715 1
   5: 0000000000000000FFFF00000100007F:0052 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4716 1`
  expect(readProcTable(table)).toEqual([
    { address: '127.0.0.1', port: 3000, inode: '4711' },
    { address: '0.0.0.0', port: 8080, inode: '4712' },
    { address: '::', port: 80, inode: '4714' },
    { address: '::1', port: 81, inode: '4715' },
    { address: '127.0.0.1', port: 82, inode: '4716' },
  ])
})

test('what lsof prints on a Mac is read', () => {
  expect(
    readLsof('p412\ncnode\nf23\nn*:3000\nf24\nn[::1]:3001\np500\ncredis-ser\nn127.0.0.1:6379\n'),
  ).toEqual([
    { address: '*', port: 3000, pid: 412, process: 'node' },
    { address: '::1', port: 3001, pid: 412, process: 'node' },
    { address: '127.0.0.1', port: 6379, pid: 500, process: 'redis-ser' },
  ])
})

test('what netstat prints on Windows is read, whatever its language', () => {
  const text =
    '  Proto  Lokale Adresse  Remoteadresse  Status  PID\r\n  TCP  0.0.0.0:3000  0.0.0.0:0  ABHÖREN  412\r\n  TCP  127.0.0.1:3000  127.0.0.1:50000  HERGESTELLT  412\r\n  TCP  [::]:3001  [::]:0  ABHÖREN  413\r\n'
  expect(readNetstat(text)).toEqual([
    { address: '0.0.0.0', port: 3000, pid: 412 },
    { address: '::', port: 3001, pid: 413 },
  ])
})

test.runIf(process.platform === 'linux')(
  'a service is found by its port and program, our own are not told',
  async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const found = (await listening(new Set())).find((one) => one.port === port)
    expect(found?.address).toBe(`127.0.0.1:${port}`)
    expect(found?.process).toMatch(/^node|vitest/)
    expect((await listening(new Set([process.pid]))).map((one) => one.port)).not.toContain(port)
    server.close()
  },
)
