/** ngx_http_mirror_module: https://nginx.org/en/docs/http/ngx_http_mirror_module.html */
import { endExchange } from '../request/end.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import { bytesOf } from '../request/script.ts'
import { silentClient } from '../request/silent-client.ts'
import { absentBody, makeSubrequest, startSubrequest } from '../request/subrequest.ts'
import { explained } from '../request/trial.ts'
import type { Module } from './module.ts'

/** `mirror`: copies of the request go elsewhere, and nobody looks at their answers. */
export const mirror: Module = {
  name: 'mirror',
  handler({ fields }) {
    const uris = (fields.mirror ?? []).filter((uri) => uri !== 'off').map(bytesOf)
    if (uris.length === 0) return undefined
    const withBody = fields.mirrorRequestBody ?? true
    return [
      explained(
        (x: Exchange): Verdict | Promise<Verdict> => {
          if (x.parent) return 'declined'
          if (withBody && !x.body.whole) return afterBody(x, uris)
          copy(x, uris, withBody)
          return 'declined'
        },
        (_x, trial) => {
          for (const uri of uris) trial.tell({ step: 'mirror', uri })
          return 'declined'
        },
      ),
    ]
  },
}

function afterBody(x: Exchange, uris: readonly string[]): Promise<Verdict> {
  return new Promise((resolve) =>
    x.body.collect(x, (status) => {
      if (!status) copy(x, uris, true)
      resolve(status || 'declined')
    }),
  )
}

function copy(x: Exchange, uris: readonly string[], withBody: boolean): void {
  x.mirrored = true
  for (const uri of uris) {
    x.behind++
    const ended = (): void => {
      x.behind--
      if (x.behind === 0) x.onAlone?.()
    }
    const copied = makeSubrequest(
      x,
      uri,
      x.args,
      silentClient(() => undefined),
      withBody ? x.body : absentBody(x),
    )
    copied.method = x.method
    copied.headerOnly = true
    copied.onFinish(ended)
    // A client that goes before its answer is whole takes the copies with it.
    x.onFinish(() => {
      if (x.status !== 0 && !copied.finished) endExchange(copied)
    })
    // The request itself comes first.
    queueMicrotask(() => {
      if (!copied.finished) startSubrequest(copied)
    })
  }
}
