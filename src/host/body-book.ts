/**
 * Bodies and messages of exchanges, recorded where that was asked for, within a memory that one sets: the oldest
 * exchange goes first. On the path of traffic it copies, and no more.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '../base/clock.ts'
import type { BodyRecord, FrameBatch } from '../contract/traffic.ts'
import type { ExchangeTap, RunningExchange } from '../engine/index.ts'
import { EventStreamReader } from '../http/event-stream.ts'
import type { BodyContent, BodyRecording, BodySide, ExchangeBodies } from '../status/exchange-body.ts'
import type { ExchangeDetail, FieldPair } from '../status/exchange-record.ts'
import { codingsOf, decodeBody } from './decode-body.ts'
import { frameLimit, FrameLog } from './frame-log.ts'
import { KeptBody } from './kept-body.ts'
import { tunnelFrames, type TunnelFrames } from './tunnel-frames.ts'

/** Nothing is recorded unasked; what is, is enough for most pages and APIs. */
export const defaultRecording: Omit<BodyRecording, 'used' | 'exchanges'> = {
  on: false,
  bodyLimit: 256 * 1024,
  memory: 64 * 1024 * 1024,
}

/** What one body may become when it is decoded. */
const decodedLimit = 8 * 1024 * 1024
// A search gives way to the traffic after so many milliseconds.
const searchSliceMs = 4

class Recorded {
  readonly id: number
  readonly bodies = new Map<BodySide, KeptBody>()
  frames: FrameLog | undefined
  bytes = 0
  /** It had to make room: what comes is not kept. */
  gone = false

  constructor(id: number) {
    this.id = id
  }
}

export class BodyBook {
  readonly #clock: Clock
  /** In the order they began; the first goes first. */
  readonly #exchanges = new Map<number, Recorded>()
  readonly #waiting = new Map<number, Set<(frames: FrameLog) => void>>()
  #settings = defaultRecording
  #used = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get status(): BodyRecording {
    return { ...this.#settings, used: this.#used, exchanges: this.#exchanges.size }
  }

  /** Changes what is recorded from the next exchange on; what is kept stays while there is room. */
  set(change: BodyRecord): void {
    const { on, bodyLimit, memory } = this.#settings
    this.#settings = {
      on: change.on ?? on,
      bodyLimit: change.bodyLimit ?? bodyLimit,
      memory: change.memory ?? memory,
    }
    this.#makeRoom()
  }

  /** Forgets what was recorded. */
  clear(): void {
    for (const recorded of this.#exchanges.values()) this.#forget(recorded)
  }

  /** Takes what goes through an exchange that begins. */
  tap(running: RunningExchange): ExchangeTap {
    const recorded = new Recorded(running.id)
    const limit = this.#settings.bodyLimit
    let tunnel: TunnelFrames | undefined
    let events: ((bytes: Buffer) => void) | undefined
    const frames = (): FrameLog => (recorded.frames ??= this.#openFrames(recorded))
    // Looking on must not end what is looked at: a mistake of ours costs what is kept of this exchange.
    const safely = (run: () => void): void => {
      if (recorded.gone) return
      try {
        run()
      } catch {
        this.#forget(recorded)
      }
    }
    const take = (side: BodySide, buffer: Buffer, start: number, end: number): void => {
      let body = recorded.bodies.get(side)
      if (!body) {
        const twin = side === 'response' ? recorded.bodies.get('upstream-response') : undefined
        recorded.bodies.set(side, (body = new KeptBody(side, limit, twin)))
        this.#exchanges.set(running.id, recorded)
        if (side === 'response' && /^text\/event-stream\b/i.test(running.contentType ?? ''))
          events = this.#eventsInto(recorded, frames())
      }
      const more = body.add(buffer, start, end)
      if (side === 'response') events?.(buffer.subarray(start, end))
      this.#took(recorded, more)
    }
    const takeTunnel = (from: 'client' | 'upstream', buffer: Buffer): void => {
      tunnel ??= tunnelFrames(
        running.detail().response?.fields ?? [],
        () => this.#clock.now(),
        (frame) => this.#took(recorded, frames().add(frame)),
      )
      tunnel.feed(from, buffer)
    }
    return {
      body: (side, buffer, start, end) => safely(() => take(side, buffer, start, end)),
      tunnel: (from, buffer) => safely(() => takeTunnel(from, buffer)),
    }
  }

  #eventsInto(recorded: Recorded, log: FrameLog): (bytes: Buffer) => void {
    const decoder = new StringDecoder('utf8')
    const reader = new EventStreamReader(frameLimit, ({ data, event, id, size }) => {
      const frame = {
        at: this.#clock.now(),
        from: 'upstream' as const,
        kind: 'event' as const,
        size,
        text: data,
        ...(data.length >= frameLimit && { cut: true as const }),
        ...(event !== undefined && { event }),
        ...(id !== undefined && { id }),
      }
      this.#took(recorded, log.add(frame))
    })
    return (bytes) => reader.feed(decoder.write(bytes))
  }

  #openFrames(recorded: Recorded): FrameLog {
    const log = new FrameLog()
    recorded.frames = log
    this.#exchanges.set(recorded.id, recorded)
    for (const begin of this.#waiting.get(recorded.id) ?? []) begin(log)
    this.#waiting.delete(recorded.id)
    return log
  }

  #took(recorded: Recorded, bytes: number): void {
    recorded.bytes += bytes
    if (recorded.gone) return
    this.#used += bytes
    if (this.#used > this.#settings.memory) this.#makeRoom()
  }

  #makeRoom(): void {
    for (const oldest of this.#exchanges.values()) {
      if (this.#used <= this.#settings.memory) return
      this.#forget(oldest)
    }
  }

  #forget(recorded: Recorded): void {
    if (recorded.gone) return
    recorded.gone = true
    recorded.bodies.clear()
    if (this.#exchanges.delete(recorded.id)) this.#used -= recorded.bytes
  }

  /** What was recorded of an exchange. */
  bodies(id: number): ExchangeBodies | undefined {
    const recorded = this.#exchanges.get(id)
    return (
      recorded && {
        bodies: [...recorded.bodies.values()].map((body) => body.status()),
        frames: recorded.frames?.count ?? 0,
      }
    )
  }

  /** The bytes of a body, if all of it was kept. */
  wholeBody(id: number, side: BodySide): Buffer | undefined {
    const body = this.#exchanges.get(id)?.bodies.get(side)
    return body?.whole ? body.bytes : undefined
  }

  /** A body, decoded where that is asked for; undefined: it was not recorded. */
  async content(detail: ExchangeDetail, side: BodySide, decoded: boolean): Promise<BodyContent | undefined> {
    const body = this.#exchanges.get(detail.record.id)?.bodies.get(side)
    if (!body) return undefined
    const head = headOf(detail, side)
    const contentType = fieldOf(head, 'content-type')
    const coding = fieldOf(head, 'content-encoding')
    const codings = codingsOf(coding)
    const { bytes, problem } =
      decoded && codings.length > 0
        ? await decodeBody(body.bytes, codings, decodedLimit)
        : { bytes: body.bytes, problem: undefined }
    return {
      ...body.status(),
      ...(contentType !== undefined && { contentType }),
      ...(coding !== undefined && { coding }),
      base64: bytes.toString('base64'),
      decoded: decoded && codings.length > 0 && !bytes.equals(body.bytes),
      ...(problem !== undefined && { problem }),
    }
  }

  /** Exchanges from `from` on with a body or message that has this text, whatever the case. */
  async find(
    text: string,
    from: number,
    detailOf: (id: number) => ExchangeDetail | undefined,
  ): Promise<number[]> {
    const wanted = text.toLowerCase()
    const found: number[] = []
    let sliceBegan = performance.now()
    for (const [id, recorded] of [...this.#exchanges]) {
      if (id < from) continue
      if (await this.#holds(recorded, wanted, detailOf)) found.push(id)
      if (performance.now() - sliceBegan < searchSliceMs) continue
      await nextTurn()
      sliceBegan = performance.now()
    }
    return found
  }

  async #holds(
    recorded: Recorded,
    wanted: string,
    detailOf: (id: number) => ExchangeDetail | undefined,
  ): Promise<boolean> {
    if (recorded.frames?.frames().some((frame) => frame.text?.toLowerCase().includes(wanted))) return true
    for (const body of recorded.bodies.values()) {
      if (body.status().same !== undefined) continue
      let { bytes } = body
      const detail = detailOf(recorded.id)
      const codings = detail ? codingsOf(fieldOf(headOf(detail, body.side), 'content-encoding')) : []
      if (codings.length > 0) ({ bytes } = await decodeBody(bytes, codings, decodedLimit))
      if (bytes.toString('utf8').toLowerCase().includes(wanted)) return true
    }
    return false
  }

  /** Messages and events of an exchange, those to come as well; nothing comes where nothing is recorded. */
  watchFrames(id: number, send: (batch: FrameBatch) => void): () => void {
    const log = this.#exchanges.get(id)?.frames
    if (log) return log.watch(send)
    send({ reset: true, dropped: 0, frames: [] })
    let stop = (): void => {
      this.#waiting.get(id)?.delete(begin)
    }
    const begin = (opened: FrameLog): void => {
      stop = opened.watch(send)
    }
    const others = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, others.add(begin))
    return () => stop()
  }
}

function headOf(detail: ExchangeDetail, side: BodySide): readonly FieldPair[] {
  switch (side) {
    case 'request':
      return detail.request.fields
    case 'upstream-request':
      return detail.upstreamRequest?.fields ?? []
    case 'upstream-response':
      return detail.upstreamResponse?.fields ?? []
    case 'response':
      return detail.response?.fields ?? []
  }
}

function fieldOf(fields: readonly FieldPair[], wanted: string): string | undefined {
  return fields.find(([name]) => name.toLowerCase() === wanted)?.[1]
}
