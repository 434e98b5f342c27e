import { expect, test } from 'vitest'
import { configOf } from '../../testing/demo-config.ts'
import { composeText, portsOf } from './container.ts'

test('ports are those that are listened on, each once', () => {
  const config = configOf(
    'http { server { listen 443 ssl; listen 80; } server { listen [::]:80; } server { } }',
  )
  expect(portsOf(config)).toEqual([80, 443])
  expect(composeText(config)).toContain('      - "443:443"')
})

test('upstreams of this machine want its network', () => {
  const config = configOf('http { server { listen 80; location / { proxy_pass http://127.0.0.1:3000; } } }')
  expect(composeText(config)).toContain('network_mode: host')
  expect(composeText(config)).not.toContain('ports:')
})
