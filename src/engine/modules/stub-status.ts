/** ngx_http_stub_status_module: https://nginx.org/en/docs/http/ngx_http_stub_status_module.html */
import type { ContentHandler, LocationSettings } from '../cycle/settings.ts'
import { Answer } from '../request/answer.ts'
import { sendWhole } from '../request/finalize.ts'

/** `stub_status`: the counters of connections and requests as text. */
export function stubStatus({ fields }: LocationSettings): ContentHandler | undefined {
  if (fields.stubStatus === undefined) return undefined
  return (x) => {
    if (x.method !== 'GET' && x.method !== 'HEAD') return 405
    const { counters } = x.cycle
    const { reading, writing, waiting } = counters.survey()
    const answer = new Answer(200)
    answer.contentType = 'text/plain'
    // A request counts from its first byte.
    const requests = counters.requests + reading
    return sendWhole(
      x,
      answer,
      Buffer.from(
        `Active connections: ${counters.active} \n` +
          'server accepts handled requests\n' +
          ` ${counters.accepted} ${counters.handled} ${requests} \n` +
          `Reading: ${reading} Writing: ${writing} Waiting: ${waiting} \n`,
      ),
    )
  }
}
