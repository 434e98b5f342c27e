import { expect, test } from 'vitest'
import { defaultLocal } from '../../config/local.ts'
import type { Location, Server } from '../../config/model.ts'
import { routeUrl } from './route-url.ts'

const tls: Server = { listen: [{ address: '*', port: 443, ssl: true }], serverName: ['shop.localhost'] }
const at = (modifier: Location['modifier'], pattern: string): Location => ({ modifier, pattern })

test.each<[string, Server, Location[], string]>([
  ['by TLS at the port that is open here', tls, [], 'https://shop.localhost:8443/'],
  ['with the path of a location', tls, [at('^~', '/img/')], 'https://shop.localhost:8443/img/'],
  [
    'of an expression, the path around it',
    tls,
    [at('', '/a/'), at('~', 'x$')],
    'https://shop.localhost:8443/a/',
  ],
  ['of a server without a name', { listen: [{ address: '*', port: 3000 }] }, [], 'http://localhost:3000/'],
  ['of a server without anything', {}, [], 'http://localhost:8080/'],
  ['of a name with a star', { serverName: ['*.test'] }, [], 'http://any.test:8080/'],
  ['of a name that begins with a dot', { serverName: ['~^x', '.test'] }, [], 'http://any.test:8080/'],
])('the URL %s', (_, server, locations, url) => expect(routeUrl(server, locations, defaultLocal)).toBe(url))
