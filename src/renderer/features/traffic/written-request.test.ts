import { expect, test } from 'vitest'
import { detailOf, livelyTraffic } from '../../testing/lively-traffic.ts'
import { formOf, writtenRequest } from './written-request.ts'

const detail = detailOf({
  ...livelyTraffic()(0),
  method: 'POST',
  target: '/a?b=1',
  scheme: 'https',
  host: 'x.localhost',
})

test('a request that nobody edits is sent as it was, without what belongs to its connection', () => {
  const form = formOf(detail, 'text')
  expect(form.fields).not.toMatch(/^(Host|Connection):/m)
  expect(writtenRequest(form, detail)).toEqual({
    method: 'POST',
    scheme: 'https',
    authority: 'x.localhost',
    target: '/a?b=1',
    fields: detail.request.fields.filter(([name]) => name !== 'Host' && name !== 'Connection'),
    body: btoa('text'),
  })
})

test.each([
  [{ method: 'GE T' }, /no method/],
  [{ url: 'x.localhost/a' }, /begins with http/],
  [{ url: 'https://x/a b' }, /%20/],
  [{ fields: 'Accept: */*\nnonsense' }, /Line 2/],
])('%j is told in a sentence', (about, words) => {
  expect(writtenRequest({ ...formOf(detail, undefined), ...about }, detail)).toMatch(words)
})

test('a body that is left alone is not sent along', () => {
  expect(writtenRequest(formOf(detail, undefined), detail)).not.toHaveProperty('body')
})

test('secrets are hidden in the form, and sent as they were where they are left alone', () => {
  const form = formOf(detail, undefined, new Set(['authorization', 'cookie']))
  expect(form.fields).toMatch(/^Authorization: …$/m)
  expect(
    writtenRequest({ ...form, fields: form.fields.replace('Cookie: …', 'Cookie: a=b') }, detail),
  ).toMatchObject({
    fields: expect.arrayContaining([
      ['Authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.k3y'],
      ['Cookie', 'a=b'],
    ]) as unknown,
  })
})
