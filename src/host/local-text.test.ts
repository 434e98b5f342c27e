import { expect, test } from 'vitest'
import { defaultLocal, type Local } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import { pathKey } from '../config/path.ts'
import { runnableHere } from './local-text.ts'

const certificates = { fileFor: async (name: string) => `/certificates/${name}.pem` }

test('the overlay is written in place: ports, address, hosts, certificates, and without what is switched off', async () => {
  const config: Config = {
    http: {
      upstreams: [{ name: 'app', server: [{ address: 'my-app:3000', weight: 2 }] }],
      servers: [
        { listen: [{ address: '*', port: 80 }], serverName: ['a.localhost'] },
        {
          listen: [{ address: '*', port: 443, ssl: true }],
          serverName: ['~^x', '*.b.localhost', 'b.localhost'],
          sslCertificate: ['/nowhere/b.pem'],
          sslCertificateKey: ['/nowhere/b.key'],
          locations: [
            { modifier: '', pattern: '/', proxyPass: 'http://my-app:3000/x' },
            { modifier: '', pattern: '/off', proxyPass: 'http://app' },
          ],
        },
      ],
    },
  }
  const off = pathKey(['http', 'servers', '443 ~^x *.b.localhost b.localhost', 'locations', '/off'])
  const local: Local = { ...defaultLocal, hosts: { 'my-app:3000': '127.0.0.1:3000' }, off: [off] }
  expect(await runnableHere(config, local, { folder: '/state', certificates })).toEqual({
    http: {
      upstreams: [{ name: 'app', server: [{ address: '127.0.0.1:3000', weight: 2 }] }],
      servers: [
        { listen: [{ address: '127.0.0.1', port: 8080 }], serverName: ['a.localhost'] },
        {
          listen: [{ address: '127.0.0.1', port: 8443, ssl: true }],
          serverName: ['~^x', '*.b.localhost', 'b.localhost'],
          sslCertificate: ['/certificates/b.localhost.pem'],
          sslCertificateKey: ['/certificates/b.localhost.pem'],
          locations: [{ modifier: '', pattern: '/', proxyPass: 'http://127.0.0.1:3000/x' }],
        },
      ],
    },
  })
})

test('certificates that are there stay', async () => {
  const server = {
    listen: [{ address: '*', port: 443, ssl: true as const }],
    sslCertificate: [import.meta.filename],
  }
  const local: Local = { ...defaultLocal, bind: null, ports: {} }
  const config = { http: { servers: [server] } }
  expect(await runnableHere(config, local, { folder: '/state', certificates })).toEqual(config)
})
