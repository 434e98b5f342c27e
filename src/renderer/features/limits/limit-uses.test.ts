import { expect, test } from 'vitest'
import { configOf } from '../../testing/demo-config.ts'
import { requestsOf, usesOf } from './limit-uses.ts'

const config = configOf(`
http {
  limit_req_zone $binary_remote_addr zone=login:1m rate=2r/s;
  limit_conn_zone $server_name zone=all:1m;
  limit_req_dry_run on;
  server {
    server_name a;
    limit_conn all 50;
    location / { limit_req zone=login burst=5; limit_req_status 429; }
    location /free { limit_conn all 10; }
  }
}`)

test('a zone is used where its line holds, with what is written around it', () => {
  expect(usesOf(config, 'requests', 'login')).toEqual([
    {
      path: ['http', 'servers', '80 a', 'locations', '/'],
      title: 'location / of a',
      line: 'zone=login burst=5',
      status: 429,
      dryRun: true,
    },
  ])
  expect(usesOf(config, 'connections', 'all').map(({ title, line, from }) => [title, line, from])).toEqual([
    ['location / of a', 'all 50', 'server a'],
    ['location /free of a', 'all 10', undefined],
  ])
})

test('its requests are those of the locations it is used in', () => {
  expect(requestsOf(usesOf(config, 'connections', 'all'))).toBe('location:"/,/free"')
})
