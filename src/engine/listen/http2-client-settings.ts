/** What the client has set for its connection (RFC 9113 §6.5.2; ngx_http_v2_state_settings_params). */
import { errorCode, Http2Error } from '../wire/http2-error.ts'
import { defaultFrameSize, defaultWindow, maxFrameSize, maxWindow, setting } from '../wire/http2-frames.ts'

export class ClientSettings {
  /** The largest frame the client takes. */
  frameSize = defaultFrameSize
  /** The window of a stream that begins. */
  window = defaultWindow
  #windowChange = 0
  #tableUpdate = false

  /** One parameter of a frame; throws an Http2Error where its value cannot be. */
  set(id: number, value: number): void {
    switch (id) {
      case setting.initialWindowSize:
        if (value > maxWindow) throw wrong('INITIAL_WINDOW_SIZE', value, errorCode.flowControlError)
        this.#windowChange = value - this.window
        return
      case setting.maxFrameSize:
        if (value > maxFrameSize || value < defaultFrameSize)
          throw wrong('MAX_FRAME_SIZE', value, errorCode.protocolError)
        this.frameSize = value
        return
      case setting.enablePush:
        if (value > 1) throw wrong('ENABLE_PUSH', value, errorCode.protocolError)
        return
      case setting.headerTableSize:
        this.#tableUpdate = true
    }
  }

  /** The frame is whole: by how much the windows of streams that run change. */
  takeWindowChange(): number {
    const change = this.#windowChange
    this.#windowChange = 0
    this.window += change
    return change
  }

  /** The client has changed its table since the last head: it is told that ours is empty. */
  takeTableUpdate(): boolean {
    const update = this.#tableUpdate
    this.#tableUpdate = false
    return update
  }
}

function wrong(name: string, value: number, code: number): Http2Error {
  return new Http2Error(code, `client sent SETTINGS frame with incorrect ${name} value ${value}`)
}
