import { expect, test } from 'vitest'
import { errorCode, Http2Error } from '../wire/http2-error.ts'
import { setting } from '../wire/http2-frames.ts'
import { ClientSettings } from './http2-client-settings.ts'

function after(...parameters: (readonly [id: number, value: number])[]): ClientSettings {
  const settings = new ClientSettings()
  for (const [id, value] of parameters) settings.set(id, value)
  return settings
}

// RFC 9113 §6.5.2.
test('what a client has not set is as the RFC says', () => {
  const { frameSize, window } = after()
  expect({ frameSize, window }).toEqual({ frameSize: 16_384, window: 65_535 })
  expect(after().takeWindowChange()).toBe(0)
  expect(after().takeTableUpdate()).toBe(false)
})

test('a window is changed when the frame is whole, by its last word', () => {
  const settings = after([setting.initialWindowSize, 5], [setting.initialWindowSize, 100])
  expect(settings.window).toBe(65_535)
  expect([settings.takeWindowChange(), settings.window, settings.takeWindowChange()]).toEqual([
    100 - 65_535,
    100,
    0,
  ])
})

test('a table that was changed is told of once', () => {
  const settings = after([setting.headerTableSize, 4096])
  expect([settings.takeTableUpdate(), settings.takeTableUpdate()]).toEqual([true, false])
})

test('frames may be as large as the client says', () => {
  expect([16_384, 2 ** 24 - 1].map((size) => after([setting.maxFrameSize, size]).frameSize)).toEqual([
    16_384,
    2 ** 24 - 1,
  ])
})

test('what is of no concern to us is passed over', () => {
  const settings = after([setting.enablePush, 0], [setting.enablePush, 1], [0x99, 2 ** 32 - 1])
  expect(settings).toEqual(new ClientSettings())
})

test.each([
  ['INITIAL_WINDOW_SIZE', setting.initialWindowSize, 2 ** 31, errorCode.flowControlError],
  ['MAX_FRAME_SIZE', setting.maxFrameSize, 16_383, errorCode.protocolError],
  ['MAX_FRAME_SIZE', setting.maxFrameSize, 2 ** 24, errorCode.protocolError],
  ['ENABLE_PUSH', setting.enablePush, 2, errorCode.protocolError],
])('%s cannot be %#: the connection ends', (name, id, value, code) => {
  const message = `client sent SETTINGS frame with incorrect ${name} value ${value}`
  expect(() => after([id, value])).toThrow(new Http2Error(code, message))
})
