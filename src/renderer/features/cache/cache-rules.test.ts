import { expect, test } from 'vitest'
import { configOf } from '../../testing/demo-config.ts'
import { cacheRules } from './cache-rules.ts'

const config = configOf(`
http {
  proxy_cache_path /tmp/c keys_zone=pages:1m;
  proxy_cache_lock on;
  server {
    server_name a;
    proxy_cache pages;
    location / { proxy_pass http://one; proxy_cache_valid 200 10m; proxy_cache_valid any 1m; }
    location /live { proxy_pass http://one; proxy_cache off; }
    location /by { proxy_pass http://one; proxy_cache $zone; proxy_cache_key $uri; }
    location /files { root /srv; }
  }
}`)

test('locations that use a cache are there, with what counts and where it is written', () => {
  expect(cacheRules(config)).toEqual([
    {
      path: ['http', 'servers', '80 a', 'locations', '/'],
      title: 'location / of a',
      zone: 'pages',
      lines: [
        { name: 'proxy_cache_key', text: '$scheme$proxy_host$request_uri', isDefault: true },
        { name: 'proxy_cache_valid', text: '200 10m' },
        { name: 'proxy_cache_valid', text: 'any 1m' },
        { name: 'proxy_cache_methods', text: 'GET HEAD', isDefault: true },
        { name: 'proxy_cache_lock', text: 'on', from: 'http' },
      ],
    },
    {
      path: ['http', 'servers', '80 a', 'locations', '/by'],
      title: 'location /by of a',
      zone: '$zone',
      lines: [
        { name: 'proxy_cache_key', text: '$uri' },
        { name: 'proxy_cache_methods', text: 'GET HEAD', isDefault: true },
        { name: 'proxy_cache_lock', text: 'on', from: 'http' },
      ],
    },
  ])
})
