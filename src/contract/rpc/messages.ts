/** What goes over a channel. Ids count up on the client's side and are never used twice. */
import * as z from 'zod'
import { errorCodes, type ErrorCode } from '../errors.ts'

const id = z.number().int()

/** From a client: `taken` says that one item of a stream was received and another may come. */
export const clientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id, name: z.string(), input: z.unknown().optional() }),
  z.object({ type: z.literal('watch'), id, name: z.string(), input: z.unknown().optional() }),
  z.object({ type: z.literal('taken'), id }),
  z.object({ type: z.literal('unwatch'), id }),
])

/** From the host: `error` ends a call or a stream. */
export const hostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('answer'), id, output: z.unknown().optional() }),
  z.object({ type: z.literal('item'), id, item: z.unknown().optional() }),
  z.object({ type: z.literal('error'), id, code: z.enum(errorCodes), message: z.string() }),
])

/** A message as it is made: absent and undefined are the same over JSON. */
export type ClientMessage =
  | { type: 'call' | 'watch'; id: number; name: string; input?: unknown }
  | { type: 'taken' | 'unwatch'; id: number }
export type HostMessage =
  | { type: 'answer'; id: number; output?: unknown }
  | { type: 'item'; id: number; item?: unknown }
  | { type: 'error'; id: number; code: ErrorCode; message: string }
