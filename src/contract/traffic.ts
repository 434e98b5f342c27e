/** Exchanges as they happen and what was recorded of them. */
import * as z from 'zod'
import {
  bodySides,
  type BodyContent,
  type BodyRecording,
  type BodySide,
  type ExchangeBodies,
  type ExchangeFrame,
} from '../status/exchange-body.ts'
import type { ExchangeDetail, ExchangeRecord } from '../status/exchange-record.ts'
import type { Throughput } from '../status/throughput.ts'
import { type Batch, command, latest, batch, type Contract } from './definition.ts'
import type { ApplyResult } from './configuration.ts'

/** Rows of traffic; reset after `traffic.clear`. Dropped are those that were more than anybody can read. */
export interface TrafficBatch extends Batch {
  readonly records: readonly ExchangeRecord[]
}

/** Messages of a WebSocket, or events of a stream, in order. */
export interface FrameBatch extends Batch {
  readonly frames: readonly ExchangeFrame[]
}

/** What is to change of the recording of bodies; what is absent stays. Sizes are bytes. */
export interface BodyRecord {
  on?: boolean | undefined
  bodyLimit?: number | undefined
  memory?: number | undefined
}

/** A request as somebody wrote it; what is absent is as it was in the exchange it comes from. */
export interface WrittenRequest {
  method?: string | undefined
  scheme?: 'http' | 'https' | undefined
  /** Name and port, as a Host field has them: `app.localhost:8443`. */
  authority?: string | undefined
  /** The request target: `/users?page=2`. */
  target?: string | undefined
  /** All fields but Host, Content-Length and those of the connection. */
  fields?: [name: string, value: string][] | undefined
  /** The content, base64. */
  body?: string | undefined
}

/** `traffic.*` and `throughput.*` of the contract. */
export const trafficContract = {
  'traffic.watch': batch<TrafficBatch>('records'),
  'traffic.get': command<ExchangeDetail | null, { id: number }>(z.object({ id: z.number().int() })),
  /** Everything known of several exchanges, in the order asked for; those that are gone are left out. */
  'traffic.details': command<readonly ExchangeDetail[], { ids: number[] }>(
    z.object({ ids: z.array(z.number().int()).max(500) }),
  ),
  'traffic.clear': command<void>(),
  /** Whether bodies are recorded; the setting outlives the program. */
  'traffic.recording': latest<BodyRecording>(),
  'traffic.record': command<void, BodyRecord>(
    z
      .object({
        on: z.boolean().optional(),
        bodyLimit: z
          .number()
          .int()
          .min(1024)
          .max(16 * 1024 * 1024)
          .optional(),
        memory: z
          .number()
          .int()
          .min(1024 * 1024)
          .max(1024 * 1024 * 1024)
          .optional(),
      })
      .strict(),
  ),
  /** What was recorded of an exchange; null: nothing. */
  'traffic.bodies': command<ExchangeBodies | null, { id: number }>(z.object({ id: z.number().int() })),
  /** One body, or the beginning of it; null: it was not recorded. */
  'traffic.body': command<BodyContent | null, { id: number; side: BodySide; decoded: boolean }>(
    z.object({ id: z.number().int(), side: z.enum(bodySides), decoded: z.boolean() }),
  ),
  /** Messages of a WebSocket or events of a stream, from the oldest that is kept on. */
  'traffic.frames': batch<FrameBatch, { id: number }>('frames', z.object({ id: z.number().int() })),
  /** Exchanges from an id on of which a recorded body, message or event has this text, whatever the case. */
  'traffic.find': command<{ ids: readonly number[] }, { text: string; from: number }>(
    z.object({ text: z.string().min(1).max(1000), from: z.number().int() }),
  ),
  /**
   * Sends the request of an exchange once more, or another one made from it, through the engine's own listener.
   * Answers with the id it has as traffic. Rejects with `not-found` and `cannot`.
   */
  'traffic.replay': command<{ id: number }, { id: number; request?: WrittenRequest | undefined }>(
    z.object({
      id: z.number().int(),
      request: z
        .object({
          method: z.string().max(100).optional(),
          scheme: z.enum(['http', 'https']).optional(),
          authority: z.string().max(300).optional(),
          target: z.string().max(60_000).optional(),
          fields: z
            .array(z.tuple([z.string().max(1000), z.string().max(60_000)]))
            .max(500)
            .optional(),
          body: z.base64().optional(),
        })
        .strict()
        .optional(),
    }),
  ),
  /**
   * Keeps what the upstream answered, to be sent while it gives no answer; it is part of the local overlay and never
   * exported. Rejects with `not-found` and `cannot`.
   */
  'traffic.keepReply': command<ApplyResult, { id: number }>(z.object({ id: z.number().int() })),
  'traffic.dropReply': command<ApplyResult, { host: string; method: string; target: string }>(
    z.object({ host: z.string(), method: z.string(), target: z.string() }),
  ),
  'throughput.watch': latest<Throughput>(),
} as const satisfies Contract
