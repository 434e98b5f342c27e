import { expect, test } from 'vitest'
import type { ExchangeDetail, ExchangeRecord } from '../../../status/exchange-record.ts'
import { whyHere } from './why-here.ts'

const record = {
  scheme: 'https',
  host: 'shop.localhost',
  target: '/a?b=c',
  method: 'POST',
  client: '10.0.0.1',
}

test('a request that was made is asked about as it came, without its secrets', () => {
  const fields = [
    ['Host', 'shop.localhost:8443'],
    ['Accept', '*/*'],
    ['Authorization', 'Basic eA=='],
  ]
  expect(
    whyHere(record as ExchangeRecord, { request: { startLine: '', fields } } as unknown as ExchangeDetail),
  ).toEqual({
    url: 'https://shop.localhost:8443/a?b=c',
    method: 'POST',
    field: ['Accept: */*'],
    client: '10.0.0.1',
  })
  expect(whyHere({ ...record, client: '127.0.0.1' } as ExchangeRecord)).toEqual({
    url: 'https://shop.localhost/a?b=c',
    method: 'POST',
  })
})
