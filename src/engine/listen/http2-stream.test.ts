import { afterAll, beforeAll, expect, test } from 'vitest'
import { http2Stage, type Http2Stage } from '../testing/http2-stage.ts'

let stage: Http2Stage
beforeAll(async () => {
  stage = await http2Stage()
})
afterAll(() => stage.stop())

test('trailers of an answer come behind its body', async () => {
  const c = await stage.client()
  expect(await c.answer(c.get('/trailer'))).toMatchObject({
    body: 'ok',
    trailers: { 'x-after': 'of /trailer' },
    whole: true,
  })
})
