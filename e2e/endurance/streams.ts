/** What stays open while everything around it changes: WebSockets and server-sent events. */
import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'

/** Something that is open and tells what went wrong with it. */
export interface LongOne {
  readonly count: number
  readonly wrong: readonly string[]
  close(): Promise<void>
}

/** A WebSocket that says something every `everyMs` and hears the same. */
export async function openWebSocket(url: string, everyMs: number): Promise<LongOne> {
  const socket = new WebSocket(url, { rejectUnauthorized: false })
  const wrong: string[] = []
  let [sent, count, closing] = [0, 0, false]
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', (error) => wrong.push(`WebSocket: ${error.message}`))
  socket.on('close', (code) => {
    if (!closing) wrong.push(`WebSocket: closed with ${code} after ${count} messages`)
  })
  socket.on('message', (message: Buffer) => {
    if (message.toString() !== `message ${count}`)
      wrong.push(`WebSocket: message ${count} is ${message.toString()}`)
    count++
  })
  const timer = setInterval(
    () => socket.readyState === WebSocket.OPEN && socket.send(`message ${sent++}`),
    everyMs,
  )
  return {
    get count() {
      return count
    },
    wrong,
    close: async () => {
      clearInterval(timer)
      for (let tries = 0; count < sent && tries < 200 && socket.readyState === WebSocket.OPEN; tries++)
        await delay(10)
      if (count < sent) wrong.push(`WebSocket: ${sent - count} messages did not come back`)
      closing = true
      if (socket.readyState === WebSocket.CLOSED) return
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.close()
      await closed
    },
  }
}

/** A stream of events that must come without a gap. */
export function openEvents(port: number, everyMs: number): Promise<LongOne> {
  return new Promise((resolve, reject) => {
    const wrong: string[] = []
    let [count, rest, closing] = [0, '', false]
    const request = http.get(
      { host: '127.0.0.1', port, path: `/events/${everyMs}`, agent: false },
      (response) => {
        if (response.statusCode !== 200) wrong.push(`events: status ${response.statusCode}`)
        response.setEncoding('latin1')
        response.on('data', (piece: string) => {
          const events = (rest + piece).split('\n\n')
          rest = events.pop() ?? ''
          for (const event of events) {
            if (event !== `data: ${count}`) wrong.push(`events: number ${count} is ${event}`)
            count++
          }
        })
        response.on('error', () => undefined) // 'close' tells
        response.on('close', () => {
          if (!closing) wrong.push(`events: cut off after ${count}`)
        })
        resolve({
          get count() {
            return count
          },
          wrong,
          close: () => {
            closing = true
            request.destroy()
            return Promise.resolve()
          },
        })
      },
    )
    request.on('error', (error) => (closing ? undefined : reject(error)))
  })
}
