import { expect, test } from 'vitest'
import { countAlive } from '../testing/count-alive.ts'
import { startWith } from '../testing/start-with.ts'
import { UpstreamGroup } from '../upstream/group.ts'
import { ZoneDraft } from './zones.ts'

// Every cycle has one draft of its zones, and nothing else has one.
const cyclesAlive = (): number => countAlive(ZoneDraft)

test('a configuration whose last exchange has ended leaves nothing of itself in memory', async () => {
  const text = (n: number): string => `
    map $uri $mapped { default ${n}; }
    proxy_cache_path cache keys_zone=kept:1m;
    limit_req_zone $binary_remote_addr zone=rate:1m rate=1r/s;
    upstream u { server 127.0.0.1:1 weight=${n}; keepalive 2; }
    server { listen 80; location / { return 200 "$mapped"; } location /u/ { proxy_pass http://u; } }`
  const started = await startWith(text(1))
  expect(cyclesAlive()).toBe(1)
  for (let n = 2; n < 6; n++) {
    await started.apply(text(n))
    expect(await started.get('/')).toContain(`\r\n\r\n${n}`)
  }
  // What was reported knows the cycle it was answered under.
  ;(started.exchanges as unknown[]).length = 0
  expect(cyclesAlive()).toBe(1)
  expect(countAlive(UpstreamGroup)).toBe(1)
  await started.stop()
})
