/** What goes through a WebSocket, as messages; permessage-deflate (RFC 7692) is undone where it was agreed on. */
import { inflateRawSync, constants } from 'node:zlib'
import { closeOf, WebSocketReader, type WebSocketMessage } from '../http/web-socket-frames.ts'
import type { FieldPair } from '../status/exchange-record.ts'
import type { ExchangeFrame } from '../status/exchange-body.ts'
import { frameLimit } from './frame-log.ts'

/** Compressed bytes of one message that are read: the context of the next ones hangs on all of them. */
const readLimit = 1024 * 1024
/** What one message may become. */
const inflatedLimit = 8 * 1024 * 1024
const windowSize = 32_768
// The end of a block that the sender leaves out (RFC 7692 §7.2.1).
const tail = Buffer.from([0, 0, 0xff, 0xff])

type Side = ExchangeFrame['from']
type Frame = Omit<ExchangeFrame, 'number'>

export interface TunnelFrames {
  feed(from: Side, bytes: Buffer): void
}

/** Reads both directions of a connection that was answered with these fields. */
export function tunnelFrames(
  answer: readonly FieldPair[],
  now: () => number,
  each: (frame: Frame) => void,
): TunnelFrames {
  const field = (wanted: string): string =>
    answer.find(([name]) => name.toLowerCase() === wanted)?.[1].toLowerCase() ?? ''
  if (field('upgrade') !== 'websocket') {
    // Another protocol: nothing is known of its messages.
    return { feed: () => undefined }
  }
  const deflate = field('sec-websocket-extensions')
  const sides = {
    client: sideReader('client', deflate, now, each),
    upstream: sideReader('upstream', deflate, now, each),
  }
  return { feed: (from, bytes) => sides[from](bytes) }
}

function sideReader(
  from: Side,
  extensions: string,
  now: () => number,
  each: (frame: Frame) => void,
): (bytes: Buffer) => void {
  const forgets = `${from === 'client' ? 'client' : 'server'}_no_context_takeover`
  const inflater = /(^|[\s,])permessage-deflate\b/.test(extensions)
    ? new Inflater(extensions.includes(forgets))
    : undefined
  let told = false
  const reader = new WebSocketReader(readLimit, (message) => each(frameOf(message, from, now(), inflater)))
  return (bytes) => {
    reader.feed(bytes)
    if (reader.broken === undefined || told) return
    told = true
    each({
      at: now(),
      from,
      kind: 'broken',
      size: 0,
      problem: `Nothing can be read any more: ${reader.broken}.`,
    })
  }
}

function frameOf(message: WebSocketMessage, from: Side, at: number, inflater: Inflater | undefined): Frame {
  const { kind, size, fragments, compressed } = message
  const base = {
    at,
    from,
    kind,
    size,
    ...(compressed && { compressed: true as const }),
    ...(fragments > 1 && { fragments }),
  }
  if (kind === 'close') {
    const { code, reason } = closeOf(message.data)
    return { ...base, text: Buffer.from(reason).toString('utf8'), ...(code !== undefined && { code }) }
  }
  const bytes = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength)
  if (!compressed) return { ...base, ...contentOf(kind, bytes, bytes.length < size) }
  const inflated = inflater
    ? inflater.inflate(bytes, bytes.length < size)
    : 'It says that it is compressed, but no compression was agreed on.'
  if (typeof inflated === 'string') return { ...base, ...contentOf('binary', bytes, true), problem: inflated }
  return { ...base, ...contentOf(kind, inflated, false) }
}

function contentOf(kind: string, bytes: Buffer, cut: boolean): Pick<Frame, 'text' | 'base64' | 'cut'> {
  const shown = bytes.subarray(0, frameLimit)
  return {
    ...(kind === 'text' ? { text: shown.toString('utf8') } : { base64: shown.toString('base64') }),
    ...((cut || shown.length < bytes.length) && { cut: true as const }),
  }
}

/** One direction's messages, each the context of the next unless it was agreed otherwise. */
class Inflater {
  readonly #forgets: boolean
  #window = Buffer.alloc(0)
  #lost = false

  constructor(forgets: boolean) {
    this.#forgets = forgets
  }

  /** The message, or why it cannot be had. */
  inflate(bytes: Buffer, cut: boolean): Buffer | string {
    if (this.#lost) return 'It is compressed against an earlier message that could not be read.'
    if (cut) return this.#lose('It is compressed and too long to be read.')
    try {
      const inflated = inflateRawSync(Buffer.concat([bytes, tail]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: inflatedLimit,
        ...(this.#window.length > 0 && { dictionary: this.#window }),
      })
      if (!this.#forgets) this.#window = Buffer.concat([this.#window, inflated]).subarray(-windowSize)
      return inflated
    } catch (error) {
      return this.#lose(
        `It could not be decompressed: ${error instanceof Error ? error.message : String(error)}.`,
      )
    }
  }

  #lose(why: string): string {
    if (!this.#forgets) this.#lost = true
    return why
  }
}
