/** An answer of an upstream becomes one that is sent while the upstream is down. */
import { longestReply, mostReplies, replyKey, type KeptReply } from '../config/kept-reply.ts'
import type { Local } from '../config/local.ts'
import { ContractError } from '../contract/errors.ts'
import { hopByHopFields } from '../http/fields.ts'
import type { ExchangeDetail } from '../status/exchange-record.ts'

/** Fields that belong to the moment, to the framing, or to one person. */
const momentary: ReadonlySet<string> = new Set(['content-length', 'date', 'server', 'age', 'set-cookie'])

/** What is kept of an exchange. Rejects with `cannot`, and says why. */
export function replyOf(detail: ExchangeDetail, body: Buffer | undefined, keptAt: number): KeptReply {
  const { record, upstreamResponse } = detail
  const cannot = (why: string): never => {
    throw new ContractError('cannot', why)
  }
  if (!upstreamResponse || record.running || record.upgraded)
    return cannot('only a whole answer of an upstream can be kept as a reply')
  const status = Number(/^\S+ (\d{3})/.exec(upstreamResponse.startLine)?.[1] ?? record.status)
  const expected = record.method !== 'HEAD' && status !== 204 && status !== 304
  const bodyless = !expected || record.bodyBytesSent === 0
  if (!body && !bodyless)
    return cannot(
      'its body was not kept, or not all of it: turn on the recording of bodies and send the request again',
    )
  const bytes = body ?? Buffer.alloc(0)
  if (bytes.length > longestReply)
    return cannot(`its body is longer than ${longestReply / 1024} KiB, the most that is kept as a reply`)
  return {
    host: record.host,
    method: record.method,
    target: record.target,
    status,
    fields: upstreamResponse.fields
      .filter(([name]) => !hopByHopFields.has(name.toLowerCase()) && !momentary.has(name.toLowerCase()))
      .map(([name, value]) => [name, value]),
    body: bytes.toString('base64'),
    keptAt,
  }
}

/** The overlay with it, in place of an older one for the same request. */
export function withReply(local: Local, reply: KeptReply): Local {
  const others = (local.replies ?? []).filter((other) => replyKey(other) !== replyKey(reply))
  if (others.length >= mostReplies)
    throw new ContractError(
      'cannot',
      `${mostReplies} replies are kept already: remove one in the settings first`,
    )
  return { ...local, replies: [...others, reply] }
}

/** The overlay without it. */
export function withoutReply(local: Local, which: Pick<KeptReply, 'method' | 'host' | 'target'>): Local {
  const { replies = [], ...rest } = local
  const others = replies.filter((other) => replyKey(other) !== replyKey(which))
  return others.length > 0 ? { ...rest, replies: others } : rest
}
