/** An answer of an upstream that somebody kept on this machine, sent while the upstream gives none. */
import { replyKey, type KeptReply } from '../../config/kept-reply.ts'
import { Answer } from '../request/answer.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { finalize, sendWhole } from '../request/finalize.ts'

/** A reply ready to be sent. */
export interface ReadyReply {
  readonly status: number
  readonly contentType: string | undefined
  readonly lines: string
  readonly body: Buffer
}

/** The replies of an overlay by what they answer; undefined: there are none. */
export function readyReplies(
  replies: readonly KeptReply[] | undefined,
): ReadonlyMap<string, ReadyReply> | undefined {
  if (!replies || replies.length === 0) return undefined
  return new Map(replies.map((reply) => [replyKey(reply), readyReply(reply)]))
}

function readyReply({ status, fields, body }: KeptReply): ReadyReply {
  const isType = ([name]: readonly [string, string]): boolean => name.toLowerCase() === 'content-type'
  return {
    status,
    contentType: fields.find(isType)?.[1],
    lines: fields
      .filter((field) => !isType(field))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join(''),
    body: Buffer.from(body, 'base64'),
  }
}

/** True: the exchange has its answer. Unlike nginx, which knows nothing of this; it is never exported. */
export function sendKeptReply(x: Exchange): boolean {
  const { replies } = x.cycle
  if (!replies || x.parent || x.headSent || x.finished) return false
  const reply = replies.get(replyKey({ method: x.head.method, host: x.host, target: x.unparsedUri }))
  if (!reply) return false
  logError(x, 'warn', 'a reply kept on this machine is sent instead of an answer of the upstream')
  x.keptReply = true
  const answer = new Answer(reply.status)
  answer.contentType = reply.contentType
  answer.lines = reply.lines
  const verdict = sendWhole(x, answer, reply.body)
  if (typeof verdict === 'number') finalize(x, verdict)
  return true
}
