import type { Exchange } from './exchange.ts'

/**
 * Lets time pass before an exchange goes on; false: the client has gone meanwhile and the exchange is over
 * (ngx_http_test_reading). `ms`: milliseconds.
 */
export function wait(x: Exchange, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = (): void => {
      timer.cancel()
      x.onAbort = undefined
      resolve(false)
    }
    const timer = x.cycle.clock.after(ms, () => {
      x.onAbort = undefined
      resolve(!x.finished)
    })
    x.onAbort = () => {
      stop()
      if (!x.headSent) x.status = 499
      x.client.abort(x)
    }
  })
}
