import { expect, test } from 'vitest'
import type { Exchange } from '../request/exchange.ts'
import { fieldLines } from '../wire/fields.ts'
import { keepaliveRefused } from './keepalive-disable.ts'

function request(method: string, agent: string): Exchange {
  return { method, head: { fields: fieldLines([['User-Agent', agent]]) } } as unknown as Exchange
}

const msie6 = 'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)'
const safari = 'Mozilla/5.0 (Macintosh; Intel Mac OS X) AppleWebKit/534 (KHTML, like Gecko) Safari/534'
const chrome = 'Mozilla/5.0 (Macintosh; Intel Mac OS X) (KHTML, like Gecko) Chrome/150.0 Safari/537'

test.each([
  [['msie6'], 'POST', msie6, true],
  [['msie6'], 'GET', msie6, false],
  [['msie6'], 'POST', 'MSIE 6.0 SV1', false],
  [['msie6'], 'POST', chrome, false],
  [['none'], 'POST', msie6, false],
  [['safari'], 'GET', safari, true],
  [['safari'], 'GET', chrome, false],
  [['msie6'], 'GET', safari, false],
] as const)('keepalive_disable %j and a %s by %j: refused %j', (browsers, method, agent, refused) => {
  expect(keepaliveRefused(browsers)(request(method, agent))).toBe(refused)
})
