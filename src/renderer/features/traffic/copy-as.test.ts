import { expect, test } from 'vitest'
import { detailOf, livelyTraffic } from '../../testing/lively-traffic.ts'
import { asCurl } from './copy-as.ts'

test('a curl command quotes what a shell would read, and leaves secrets out', () => {
  const detail = detailOf(livelyTraffic()(0))
  const curl = asCurl({
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
  })
  expect(curl).toBe(
    `curl -X POST 'https://a.localhost/x?a='\\''b'\\''&c=d' -H 'Accept: */*' -H 'Authorization: …'`,
  )
})
