/** Answers of upstreams that are kept on this machine, to be sent while the upstream is down. */
import * as z from 'zod'

/** One of them. */
export interface KeptReply {
  /** What it answers: a name without port, and a target as the client sends it. */
  host: string
  method: string
  target: string
  status: number
  /** The upstream's fields, without those of one connection or one moment. */
  fields: [name: string, value: string][]
  /** The content, base64. */
  body: string
  /** Milliseconds since 1970. */
  keptAt: number
}

/** Replies one may keep, and bytes of one of them: they are part of the overlay, which every window holds. */
export const mostReplies = 50
export const longestReply = 512 * 1024

export const keptReplySchema: z.ZodType<KeptReply> = z.strictObject({
  host: z.string(),
  method: z.string().min(1),
  target: z.string().min(1),
  status: z.number().int().min(200).max(599),
  fields: z.array(
    z.tuple([z.string().regex(/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/), z.string().regex(/^[^\0\r\n]*$/)]),
  ),
  body: z.base64(),
  keptAt: z.number(),
})

/** What tells two of them apart. */
export function replyKey({ method, host, target }: Pick<KeptReply, 'method' | 'host' | 'target'>): string {
  return `${method} ${host.toLowerCase()} ${target}`
}
