import { expect, test } from 'vitest'
import { detailOf, livelyTraffic } from '../../testing/lively-traffic.ts'
import { alwaysSecret } from './field-difference.ts'
import { asCurl, asFetch, urlOf } from './copy-as.ts'

test('a curl command quotes what a shell would read, and leaves secrets out', () => {
  const detail = detailOf(livelyTraffic()(0))
  const curl = asCurl(
    {
      ...detail,
      record: {
        ...detail.record,
        method: 'POST',
        scheme: 'https',
        host: 'a.localhost',
        target: "/x?a='b'&c=d",
      },
      request: {
        startLine: 'POST /x HTTP/1.1',
        fields: [
          ['Host', 'a.localhost'],
          ['Accept', '*/*'],
          ['Authorization', 'Bearer secret'],
        ],
      },
    },
    { secrets: alwaysSecret, body: 'x=1' },
  )
  expect(curl).toBe(
    `curl -X POST 'https://a.localhost/x?a='\\''b'\\''&c=d' -H 'Accept: */*' -H 'Authorization: …' --data-raw x=1`,
  )
})

test('a fetch is JavaScript that says the same', () => {
  const detail = detailOf({
    ...livelyTraffic()(0),
    method: 'PUT',
    host: 'a.localhost',
    target: '/x',
    scheme: 'http',
  })
  const text = asFetch(detail, { secrets: new Set(['authorization', 'cookie']), body: '{"a":1}' })
  const [, url, init] = /^await fetch\((".*?"), ({[^]*})\)$/.exec(text) ?? []
  expect(JSON.parse(url ?? '')).toBe('http://a.localhost/x')
  expect(JSON.parse(init ?? '')).toMatchObject({
    method: 'PUT',
    headers: { Authorization: '…', Cookie: '…' },
    body: '{"a":1}',
  })
})

test('the URL has the port that is open on this machine', () => {
  const record = { ...livelyTraffic()(0), host: 'a.localhost', target: '/x', scheme: 'https' as const }
  expect([urlOf({ ...record, port: 8443 }), urlOf({ ...record, port: 443 })]).toEqual([
    'https://a.localhost:8443/x',
    'https://a.localhost/x',
  ])
})
