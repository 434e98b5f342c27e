/** Error codes of HTTP/2, RFC 9113 §7. */
export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const

/** What ends a connection: its code goes out with GOAWAY, the message is what nginx's error log says. */
export class Http2Error extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** What nginx's error log says of a stream that its client has reset with a code. */
export function resetReason(stream: number, code: number): string {
  switch (code) {
    case errorCode.cancel:
      return `client canceled stream ${stream}`
    case errorCode.refusedStream:
      return `client refused stream ${stream}`
    case errorCode.internalError:
      return `client terminated stream ${stream} due to internal error`
    default:
      return `client terminated stream ${stream} with status ${code}`
  }
}
