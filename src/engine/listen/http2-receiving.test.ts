import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataFrame, pseudo } from '../testing/http2-client.ts'
import { http2Stage, type Http2Stage } from '../testing/http2-stage.ts'
import { passTime } from '../testing/pass-time.ts'
import { errorCode } from '../wire/http2-error.ts'
import { frameType } from '../wire/http2-frames.ts'

let stage: Http2Stage
beforeAll(async () => {
  stage = await http2Stage()
})
afterAll(() => stage.stop())

const { noError, protocolError } = errorCode

describe('bodies', () => {
  test.each([
    ['gathered', '/up', true],
    ['gathered', '/up', false],
    ['streamed', '/stream', true],
    ['streamed', '/stream', false],
  ])(
    'one that is %s (%s) and larger than it said is refused, whether it ends (%s) or not',
    async (_, path, ends) => {
      const c = await stage.client()
      const stream = c.request([...pseudo('POST', path), ['content-length', '4']], false)
      c.send(dataFrame(stream, 'hello', ends))
      expect((await c.answer(stream)).status).toBe(400)
    },
  )

  test('one that is streamed and ends too early is refused', async () => {
    const c = await stage.client()
    const asked = stage.origin.request(stage.origin.requests.length + 1)
    const stream = c.request([...pseudo('POST', '/stream/silent'), ['content-length', '6']], false)
    c.send(dataFrame(stream, 'hello'))
    await asked
    c.send(dataFrame(stream, '', true))
    expect((await c.answer(stream)).status).toBe(400)
  })

  test('the frame that ends it too early does not reach the upstream', async () => {
    const c = await stage.client()
    const number = stage.origin.requests.length + 1
    const stream = c.request([...pseudo('POST', '/stream/silent'), ['content-length', '10']], false)
    c.send(dataFrame(stream, '0123'))
    expect(await stage.origin.body(number, 4)).toBe('0123')
    const upstream = await stage.origin.request(number)
    const ended = new Promise((resolve) => upstream.socket.on('close', resolve))
    c.send(dataFrame(stream, '56789', true))
    expect((await c.answer(stream)).status).toBe(400)
    await ended
    expect(upstream.body).toBe('0123')
  })

  test('one that stops coming is refused after client_body_timeout', async () => {
    const c = await stage.client()
    const stream = c.request([...pseudo('POST', '/up'), ['content-length', '6']], false)
    c.send(dataFrame(stream, 'hello'))
    await c.until(() =>
      c.frames.some((each) => each.stream === stream && each.type === frameType.windowUpdate),
    )
    const over = c.answer(stream)
    expect(await passTime(stage.clock, over)).toBeGreaterThanOrEqual(30_000)
    expect((await over).reset).toBe(protocolError)
  })

  test('an answer that does not wait for the body resets the rest of it without an error', async () => {
    const c = await stage.client()
    const stream = c.request([...pseudo('POST', '/local'), ['content-length', '6']], false)
    expect(await c.answer(stream)).toMatchObject({ status: 200, body: 'local' })
    await c.until(() => c.seen(stream).reset !== undefined)
    expect(c.seen(stream).reset).toBe(noError)
    c.send(dataFrame(stream, 'late'))
    expect((await c.answer(c.get('/local'))).status).toBe(200)
  })

  test('a body may come as fast as it is gathered, beyond http2_body_preread_size', async () => {
    const c = await stage.client()
    const number = stage.origin.requests.length + 1
    const stream = c.request([...pseudo('POST', '/up'), ['content-length', '5000']], false)
    c.send(dataFrame(stream, 'a'.repeat(1000)))
    await c.until(() =>
      c.frames.some((each) => each.stream === stream && each.type === frameType.windowUpdate),
    )
    c.send(dataFrame(stream, 'b'.repeat(4000), true))
    expect((await stage.origin.body(number, 5000)).length).toBe(5000)
    expect((await c.answer(stream)).body).toBe('ok')
  })
})
