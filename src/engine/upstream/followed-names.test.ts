import { afterEach, expect, test } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { scriptedDns, type DnsAnswer } from '../testing/scripted-dns.ts'
import { startWith } from '../testing/start-with.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A proxy to `app.test`, whose addresses are loopback's; the server behind answers with the address it was asked at. */
async function following(answer: DnsAnswer | undefined, server = 'server app.test:%port resolve;') {
  const dns = await scriptedDns(answer ? { 'app.test': answer } : {})
  const inside = await startWith('server { listen 90; return 200 $server_addr; }')
  const clock = fakeClock()
  // It listens on 127.0.0.1 alone: other addresses of loopback refuse.
  const text = (more = ''): string =>
    `resolver 127.0.0.1:${dns.port} ipv6=off;
     upstream app { zone app 64k; ${server.replace('%port', String(inside.port(90)))} ${more} }
     server { location / { proxy_pass http://app; } }`
  const proxy = await startWith(text(), { clock })
  ends.push(
    () => dns.close(),
    () => inside.stop(),
    () => proxy.stop(),
  )
  const app = () => proxy.engine.upstreams().find(({ name }) => name === 'app')
  const addresses = (): string[] => app()?.peers.map(({ address }) => address.replace(/:\d+$/, '')) ?? []
  const get = async (): Promise<string> => {
    const text = await proxy.get('/')
    return `${text.slice(9, 12)} ${text.split('\r\n\r\n')[1]?.slice(0, 9) ?? ''}`
  }
  return { dns, clock, proxy, app, addresses, get, apply: (more: string) => proxy.apply(text(more)) }
}

async function turnsUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('peers come and go with the addresses of their name', async () => {
  const { dns, clock, proxy, app, addresses, get } = await following({ addresses: ['127.0.0.1'], ttl: 5 })
  await turnsUntil(() => addresses().length > 0)
  expect([addresses(), await get()]).toEqual([['127.0.0.1'], '200 127.0.0.1'])
  const [peer] = app()?.peers ?? []
  dns.names.set('app.test', { addresses: ['127.0.0.2', '127.0.0.1'], ttl: 5 })
  clock.advance(5000)
  expect(addresses()).toEqual(['127.0.0.1'])
  clock.advance(1000)
  await turnsUntil(() => addresses().length > 1)
  expect(addresses()).toEqual(['127.0.0.2', '127.0.0.1'])
  // The peer that stayed is the same, with its counts.
  expect([peer?.requests, app()?.peers.map(({ requests }) => requests)]).toEqual([1, [0, 1]])
  expect(app()?.names).toEqual([
    {
      name: 'app.test',
      by: 'resolver',
      addresses: ['127.0.0.2', '127.0.0.1'],
      resolvedAt: Date.UTC(2026, 0, 1) + 6000,
      validUntil: Date.UTC(2026, 0, 1) + 11_000,
    },
  ])
  expect(proxy.log.filter((line) => line.includes('app.test of'))).toEqual([
    'notice: app.test of upstream "app" is 127.0.0.1',
    'notice: app.test of upstream "app" is 127.0.0.2, 127.0.0.1',
  ])
})

test('a name server that fails leaves the peers; a name that is gone takes them along, and is looked for again', async () => {
  const { dns, clock, app, addresses, get } = await following({ addresses: ['127.0.0.1'], ttl: 5 })
  await turnsUntil(() => addresses().length > 0)
  dns.names.set('app.test', { fails: true })
  clock.advance(6000)
  await turnsUntil(() => app()?.names[0]?.problem !== undefined)
  expect([app()?.names[0]?.problem, await get()]).toEqual(['2: Server failure', '200 127.0.0.1'])
  dns.names.delete('app.test')
  clock.advance(30_000)
  await turnsUntil(() => addresses().length === 0)
  expect([app()?.names[0]?.problem, await get()]).toEqual([
    '3: Host not found',
    '502 <html>\r\n<'.slice(0, 13),
  ])
  dns.names.set('app.test', { addresses: ['127.0.0.1'] })
  clock.advance(10_000)
  await turnsUntil(() => addresses().length > 0)
  expect([app()?.names[0]?.problem, await get()]).toEqual([undefined, '200 127.0.0.1'])
})

test('an apply asks nothing anew, and a name nobody has any more is not asked for', async () => {
  const { dns, clock, proxy, addresses, apply } = await following({ addresses: ['127.0.0.1'], ttl: 5 })
  await turnsUntil(() => addresses().length > 0)
  await apply('least_conn;')
  expect([addresses(), dns.asked.length]).toEqual([['127.0.0.1'], 1])
  clock.advance(6000)
  await turnsUntil(() => dns.asked.length > 1)
  await proxy.apply('server { return 200; }')
  clock.advance(600_000)
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(dns.asked).toHaveLength(2)
})

test.each([
  ['server app.test resolve;', 'no resolver defined to resolve names at run time in upstream "app"'],
])('%s alone is refused', async (server, message) => {
  const proxy = await startWith(`upstream app { zone app 64k; ${server} } server { return 200; }`)
  ends.push(() => proxy.stop())
  expect(proxy.problems.map((problem) => problem.message)).toEqual([message])
})

test('a name in a variable is looked up for each request, as long as it is believed', async () => {
  const inside = await startWith('server { listen 90; return 200 here; }')
  const dns = await scriptedDns({ 'app.test': { addresses: ['127.0.0.1'], ttl: 5 } })
  const proxy = await startWith(
    `server { resolver 127.0.0.1:${dns.port}; location / { proxy_pass http://$arg_to:${inside.port(90)}; } }`,
    { clock: fakeClock() },
  )
  ends.push(
    () => inside.stop(),
    () => dns.close(),
    () => proxy.stop(),
  )
  const ask = async (to: string): Promise<string> => (await proxy.get(`/?to=${to}`)).slice(9, 12)
  expect([await ask('app.test'), await ask('app.test'), await ask('none.test')]).toEqual([
    '200',
    '200',
    '502',
  ])
  expect([...dns.asked].sort()).toEqual(['A app.test', 'A none.test', 'AAAA app.test', 'AAAA none.test'])
  expect(proxy.log.at(-1)).toMatch(/^error: none\.test could not be resolved \(3: Host not found\), client:/)
})
