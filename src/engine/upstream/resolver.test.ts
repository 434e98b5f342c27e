import { afterEach, expect, test } from 'vitest'
import { parseResolver, type ResolverLine } from '../../config/resolver-line.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { scriptedDns, type DnsAnswer } from '../testing/scripted-dns.ts'
import { NameResolver } from './resolver.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function resolving(names: Record<string, DnsAnswer>, words = '') {
  const dns = await scriptedDns(names)
  ends.push(() => dns.close())
  const clock = fakeClock()
  const line = parseResolver([`127.0.0.1:${dns.port}`, ...words.split(' ').filter((word) => word !== '')])
  const resolver = new NameResolver(line as ResolverLine, clock, () => [])
  const addresses = async (name: string): Promise<readonly string[]> =>
    (await resolver.resolve(name, 30_000)).addresses
  return { dns, clock, resolver, addresses }
}

const both = { addresses: ['10.0.0.1', '10.0.0.2', 'fd00::1'], ttl: 5 }

test('a name has its IPv4 and its IPv6 addresses', async () => {
  const { addresses } = await resolving({ 'app.test': both })
  expect(await addresses('app.test')).toEqual(['10.0.0.1', '10.0.0.2', 'fd00::1'])
})

test('an alias is followed where the name server does not, and one that leads round is not there', async () => {
  const { addresses } = await resolving({
    'www.test': { alias: 'app.test' },
    'app.test': { addresses: ['10.0.0.1'] },
    'round.test': { alias: 'round.test' },
  })
  expect(await addresses('www.test')).toEqual(['10.0.0.1'])
  await expect(addresses('round.test')).rejects.toThrow('3: Host not found')
})

test('an address that is said twice is two peers, so that it is tried twice', async () => {
  const { addresses } = await resolving({ 'app.test': { addresses: ['10.0.0.1', '10.0.0.1'] } })
  expect(await addresses('app.test')).toEqual(['10.0.0.1', '10.0.0.1'])
})

test.each([
  ['ipv6=off', ['10.0.0.1', '10.0.0.2'], ['A app.test']],
  ['ipv4=off', ['fd00::1'], ['AAAA app.test']],
])('with %s only the other family is asked for', async (words, expected, asked) => {
  const { addresses, dns } = await resolving({ 'app.test': both }, words)
  expect([await addresses('App.test.'), dns.asked]).toEqual([expected, asked])
})

test('what was said is believed for as long as the name server says, and asked for once by many', async () => {
  const { addresses, dns, clock } = await resolving({ 'app.test': both }, 'ipv6=off')
  await Promise.all([addresses('app.test'), addresses('APP.test')])
  clock.advance(4999)
  await addresses('app.test')
  expect(dns.asked).toHaveLength(1)
  dns.names.set('app.test', { addresses: ['10.0.0.9'] })
  clock.advance(1)
  expect([await addresses('app.test'), dns.asked.length]).toEqual([['10.0.0.9'], 2])
})

test('valid= is believed instead', async () => {
  const { addresses, dns, clock } = await resolving({ 'app.test': both }, 'ipv6=off valid=1m')
  await addresses('app.test')
  clock.advance(59_999)
  await addresses('app.test')
  expect(dns.asked).toHaveLength(1)
})

test.each<[string, DnsAnswer | undefined, string, boolean]>([
  ['is not there', undefined, '3: Host not found', true],
  ['has no address', { addresses: [] }, '3: Host not found', true],
  ['cannot be asked for', { fails: true }, '2: Server failure', false],
])('a name that %s', async (_what, answer, message, notFound) => {
  const { resolver } = await resolving(answer ? { 'app.test': answer } : {})
  await expect(resolver.resolve('app.test', 1000)).rejects.toMatchObject({ message, notFound })
})

test('a name server that says nothing is waited for as long as resolver_timeout', async () => {
  const { resolver, clock } = await resolving({ 'app.test': { silent: true } })
  const asked = resolver.resolve('app.test', 2000)
  clock.advance(1999)
  const later = resolver.resolve('app.test', 2000)
  clock.advance(1)
  await expect(asked).rejects.toThrow('110: Operation timed out')
  clock.advance(1999)
  await expect(later).rejects.toThrow('110: Operation timed out')
})

test('a name server without an address is refused', () => {
  const line = parseResolver(['dns.test']) as ResolverLine
  expect(() => new NameResolver(line, fakeClock(), () => [])).toThrow('host not found in resolver "dns.test"')
})
