import type { Socket } from 'node:net'

/**
 * Resolves when nothing of what is being written has gone out for a while: the kernel is full, and whoever reads takes no
 * more. Only Node's inside knows how much of one large write is left.
 */
export async function stalled(socket: Socket): Promise<void> {
  const inside = socket as unknown as { _handle?: { writeQueueSize: number } | null }
  const left = (): number => inside._handle?.writeQueueSize ?? 0
  for (let same = 0, before = -1; same < 3;) {
    const now = left()
    same = now === before && now > 0 ? same + 1 : 0
    before = now
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
