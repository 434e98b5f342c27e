import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

let proxy: Started | undefined
let silent: Server
beforeEach(async () => {
  // An origin that never answers: what is asked of it stays in flight.
  silent = createServer((socket) => socket.on('error', () => undefined).resume())
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await proxy?.stop()
  silent.close()
})

const status = (answer: string): string => answer.slice(9, 12)

async function start(directives: string): Promise<Started> {
  const { port } = silent.address() as AddressInfo
  return startWith(`limit_conn_zone $arg_k zone=one:1m; limit_conn_zone $server_addr zone=all:1m;
    server { ${directives}
      location /hold { proxy_pass http://127.0.0.1:${port}; }
      location / { proxy_pass http://127.0.0.1:81; } }
    server { listen 81; return 200 origin; }`)
}

const inFlight = (zone: string): number =>
  proxy?.engine.limits().find(({ name }) => name === zone)?.keys ?? -1

async function hold(path: string): Promise<() => void> {
  const requests = proxy?.engine.limits().reduce((sum, { total }) => sum + total.passed, 0) ?? 0
  const leave = await proxy?.open(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  const passed = (): boolean =>
    (proxy?.engine.limits().reduce((sum, { total }) => sum + total.passed, 0) ?? 0) > requests
  while (!passed()) await new Promise(setImmediate)
  return () => leave?.()
}

describe('limit_conn', () => {
  it('lets so many requests of a key be in flight, and the next one when one has ended', async () => {
    proxy = await start('limit_conn one 1; limit_conn_status 429;')
    const leave = await hold('/hold?k=a')
    const during = [
      status(await proxy.get('/?k=a')),
      status(await proxy.get('/?k=b')),
      status(await proxy.get('/')),
    ]
    leave()
    await proxy.until(() => inFlight('one') === 0)
    expect([during, status(await proxy.get('/?k=a'))]).toEqual([['429', '200', '200'], '200'])
    expect(proxy.log.filter((line) => line.includes('limiting'))).toEqual([
      expect.stringContaining('error: limiting connections by zone "one", client: 127.0.0.1'),
    ])
    expect(proxy.engine.limits()[0]?.total).toEqual({ passed: 3, delayed: 0, rejected: 1, dryRun: 0 })
  })

  it('a request that one limit rejects does not count in the others', async () => {
    proxy = await start('limit_conn all 9; limit_conn one 1;')
    const leave = await hold('/hold?k=a')
    await proxy.get('/?k=a')
    expect(proxy.engine.limits().find(({ name }) => name === 'all')?.hottest).toEqual([
      { key: '127.0.0.1', load: 1, delayed: 0, rejected: 0 },
    ])
    leave()
  })

  it('counts without limiting in a dry run', async () => {
    proxy = await start('limit_conn one 1; limit_conn_dry_run on; limit_conn_log_level info;')
    const leave = await hold('/hold?k=a')
    expect(status(await proxy.get('/?k=a'))).toBe('200')
    expect(proxy.log).toContainEqual(
      expect.stringMatching(/^info: limiting connections, dry run, by zone "one"/),
    )
    expect(proxy.engine.limits()[0]?.total).toEqual({ passed: 1, delayed: 0, rejected: 0, dryRun: 1 })
    leave()
  })

  it('a key that is reset no longer counts what is in flight', async () => {
    proxy = await start('limit_conn one 1;')
    const leave = await hold('/hold?k=a')
    const reset = proxy.engine.resetLimitKey('one', 'a')
    expect([reset, status(await proxy.get('/?k=a'))]).toEqual([true, '200'])
    leave()
    await proxy.until(() => proxy?.exchanges.length === 3)
    expect(inFlight('one')).toBe(0)
  })

  it('nobody declares the zone', async () => {
    proxy = await start('limit_conn none 1;')
    expect(proxy.problems.map(({ message }) => message)).toContain('zero size shared memory zone "none"')
  })
})
