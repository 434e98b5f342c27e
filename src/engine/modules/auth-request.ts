/** ngx_http_auth_request_module: https://nginx.org/en/docs/http/ngx_http_auth_request_module.html */
import type { CompileContext } from '../cycle/compile-context.ts'
import type { LocationFields } from '../cycle/settings.ts'
import { endExchange } from '../request/end.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange, Verdict } from '../request/exchange.ts'
import { bytesOf, compileScript } from '../request/script.ts'
import { silentClient } from '../request/silent-client.ts'
import { absentBody, makeSubrequest, startSubrequest } from '../request/subrequest.ts'
import { explained } from '../request/trial.ts'
import { firstValue } from '../wire/fields.ts'
import type { Module } from './module.ts'

/** Sets a variable of the request from what its subrequest was answered. */
type Assignment = (main: Exchange, asked: Exchange) => void

/** `auth_request`: a subrequest decides, by its status, whether the request is let in. */
export const authRequest: Module = {
  name: 'auth-request',
  handler({ fields }, context, path) {
    const { authRequest: uri } = fields
    if (uri === undefined || uri === 'off') return undefined
    const assignments = assignmentsOf(fields.authRequestSet, context, path)
    const asked = bytesOf(uri)
    return [
      explained(
        async (x) => decide(x, await ask(x, asked), assignments),
        (_x, trial) => {
          trial.tell({ step: 'ask-first', uri })
          trial.cannotKnow('auth-request')
          return 'ok'
        },
      ),
    ]
  },
}

function assignmentsOf(
  lines: LocationFields['authRequestSet'],
  { variables, problems }: CompileContext,
  path: readonly string[],
): Assignment[] {
  return (lines ?? []).flatMap(({ variable, value }, index) => {
    const made = problems.try([...path, 'authRequestSet', String(index)], (): Assignment => {
      const assign = variables.assign(variable.replace(/^\$/, ''))
      const script = compileScript(value, variables)
      return (main, asked) => assign(main, script(asked))
    })
    return made ?? []
  })
}

// Undefined: the client has gone meanwhile, and the request is over.
function ask(x: Exchange, uri: string): Promise<Exchange | undefined> {
  return new Promise((resolve) => {
    const asked = makeSubrequest(
      x,
      uri,
      '',
      silentClient((answered) => {
        x.onAbort = undefined
        resolve(x.finished ? undefined : answered)
      }),
      absentBody(x),
    )
    asked.headerOnly = true
    x.onAbort = () => {
      x.onAbort = undefined
      if (!x.headSent) x.status = 499
      x.client.abort(x)
    }
    x.onFinish(() => {
      if (asked.finished) return
      endExchange(asked)
      resolve(undefined)
    })
    startSubrequest(asked)
  })
}

function decide(x: Exchange, asked: Exchange | undefined, assignments: readonly Assignment[]): Verdict {
  if (!asked) return 'done'
  for (const assign of assignments) assign(x, asked)
  const status = asked.answer?.status ?? 0
  if (status === 403) return 403
  if (status === 401) {
    const fields = asked.attempts.at(-1)?.fields
    const challenge =
      asked.answer?.get('www-authenticate') ?? (fields && firstValue(fields, 'www-authenticate'))
    if (challenge !== undefined) (x.challenges ??= []).push(challenge)
    return 401
  }
  if (status >= 200 && status < 300) return 'ok'
  // nginx says what its connection does, which an upstream that has answered leaves at this.
  const doing = asked.attempts.length > 0 ? ' while sending to client' : ''
  logError(x, 'error', `auth request unexpected status: ${status}${doing}`)
  return 500
}
