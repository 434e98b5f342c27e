/** nginx's limits and rules for a request's head. */
export interface HeadLimits {
  /** The most bytes in one line, its line break included: the size of a large header buffer. */
  readonly lineLimit: number
  /** The most bytes in the lines that the first buffer does not hold: number × size of the large header buffers. */
  readonly totalLimit: number
  /** `client_header_buffer_size`; absent, nginx's default of 1 KiB. */
  readonly firstBuffer?: number
  /** `ignore_invalid_headers` */
  readonly ignoreInvalid: boolean
  /** `underscores_in_headers` */
  readonly underscores: boolean
}

// nginx's default for it.
const defaultFirstBuffer = 1024

/** A line that nginx has no room for, as far as it would have read it. */
export interface LineOver {
  readonly from: number
  readonly to: number
}

/** A head of this length has room however its lines are parted. */
export function safeLength(limits: HeadLimits): number {
  return limits.firstBuffer ?? defaultFirstBuffer
}

/**
 * The first line up to `end` that nginx would have no room for. A line stands whole in one buffer: it is moved to
 * the next when it does not fit, and what was left of the buffer is lost. Source: ngx_http_alloc_large_header_buffer.
 */
export function lineOverLimit(
  text: string,
  from: number,
  end: number,
  limits: HeadLimits,
): LineOver | undefined {
  const first = limits.firstBuffer ?? defaultFirstBuffer
  // The buffer is used anew when empty lines before the request have filled it.
  let room = first - (from % first)
  let buffers = Math.floor(limits.totalLimit / limits.lineLimit)
  for (let line = from; line < end;) {
    const lineFeed = text.indexOf('\n', line)
    const next = lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1
    const length = next - line
    if (length <= room) room -= length
    else {
      if (room >= limits.lineLimit || buffers === 0) return { from: line, to: line + room }
      if (length > limits.lineLimit) return { from: line, to: line + limits.lineLimit }
      buffers--
      room = limits.lineLimit - length
    }
    line = next
  }
  return undefined
}
