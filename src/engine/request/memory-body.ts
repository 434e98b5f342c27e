/** A body that lies in memory and does not change, sent as the answer's head has announced it. */
import type { BodyPart } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { end } from './finalize.ts'

/** Sends all of it, or the answer's `parts`, and ends the exchange. */
export function sendMemory(x: Exchange, body: Buffer): void {
  const parts = x.answer?.parts
  if (!parts) {
    if (body.length > 0) x.output.write(x, body, 0, body.length, true)
    end(x)
    return
  }
  sendParts(x, body, parts, 0)
}

function sendParts(x: Exchange, body: Buffer, parts: readonly BodyPart[], from: number): void {
  for (let i = from; i < parts.length; i++) {
    const { text, start, end: stop } = parts[i] as BodyPart // i is within
    const head = Buffer.from(text, 'latin1')
    let flowing = head.length === 0 || x.output.write(x, head, 0, head.length, true)
    if (stop > start) flowing = x.output.write(x, body, start, stop, true)
    if (!flowing) {
      x.client.onDrain = () => sendParts(x, body, parts, i + 1)
      return
    }
  }
  end(x)
}
