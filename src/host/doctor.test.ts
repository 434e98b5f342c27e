import { expect, test } from 'vitest'
import type { CertificatesState } from '../contract/program.ts'
import { importNginx } from '../nginx/import.ts'
import { examine, type DoctorParts } from './doctor.ts'

const now = Date.UTC(2026, 10, 29)
const day = 86_400_000
const { config } = importNginx(
  [
    {
      name: 'n',
      text: `events {} http {
        server { listen 443 ssl; server_name app.localhost shop.example ~^re *.wild; }
        server { listen 80; server_name plain.example; }
      }`,
    },
  ],
  'n',
)
const healthy: CertificatesState = {
  authority: { name: 'A', fingerprint: 'f', notAfter: now + day, file: '/a.pem' },
  leaves: [
    { names: ['app.localhost'], notBefore: now - day, notAfter: now + day, fingerprint: '1' },
    { names: ['shop.example'], notBefore: now - day, notAfter: now + day, fingerprint: '2' },
  ],
  stores: [{ id: 'system', name: 'System', state: 'trusted' }],
}
const parts: DoctorParts = {
  config,
  certificates: healthy,
  listeners: [
    { listen: '443', address: '127.0.0.1:8443', port: 8443, ssl: true, http2: true, connections: 0 },
  ],
  authorityMadeAt: now - day,
  now,
  lookup: async () => ['127.0.0.1'],
  connect: async () => undefined,
}
const outcomes = async (change: Partial<DoctorParts>): Promise<string[]> =>
  (await examine({ ...parts, ...change })).map(({ about, title, outcome }) => `${about} ${title}: ${outcome}`)

test('where all is well, all is said to be well, of names over TLS only', async () => {
  expect(await outcomes({})).toEqual([
    'authority The local authority: good',
    'clock The clock of this machine: good',
    'trust System: good',
    'leaf app.localhost: good',
    'leaf shop.example: good',
    'name app.localhost: good',
    'name shop.example: good',
    'port listen 443: good',
  ])
})

test('each thing that is wrong comes with the way out', async () => {
  const found = await examine({
    ...parts,
    certificates: {
      leaves: [{ names: ['shop.example'], notBefore: now + day, notAfter: now - 1, fingerprint: '2' }],
      stores: [
        { id: 'nss', name: 'Firefox', state: 'not-trusted', command: 'certutil -A' },
        { id: 'x', name: 'Java', state: 'unavailable', reason: 'no Java here' },
      ],
    },
    lookup: async (name) => {
      if (name === 'shop.example') return ['93.184.216.34']
      throw new Error('ENOTFOUND')
    },
    connect: () => Promise.reject(new Error('connection refused')),
  })
  expect(found.map(({ about, title, outcome }) => `${about} ${title}: ${outcome}`)).toEqual([
    'authority The local authority: bad',
    'clock The clock of this machine: bad',
    'trust Firefox: warning',
    'trust Java: note',
    'leaf app.localhost: note',
    'leaf shop.example: warning',
    'name app.localhost: note',
    'name shop.example: warning',
    'port listen 443: bad',
  ])
  expect(found.filter(({ outcome, fix }) => (outcome === 'bad' || outcome === 'warning') && !fix)).toEqual([])
  expect(found.find(({ title }) => title === 'Firefox')?.command).toBe('certutil -A')
})

test('a name that nobody knows is bad, unless browsers know it by themselves', async () => {
  const unknown = await outcomes({ lookup: () => Promise.reject(new Error('ENOTFOUND')) })
  expect(unknown).toEqual(expect.arrayContaining(['name app.localhost: note', 'name shop.example: bad']))
})

test('an authority that ended is told, and a clock that went back', async () => {
  expect((await outcomes({ now: now + 2 * day }))[0]).toBe('authority The local authority: bad')
  expect((await outcomes({ now: now - 10 * day }))[1]).toBe('clock The clock of this machine: bad')
})
