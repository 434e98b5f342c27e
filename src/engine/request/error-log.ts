import type { LogSeverity } from '../../status/log-entry.ts'
import type { Exchange } from './exchange.ts'

/** Writes a line to the error log with what nginx says about the exchange. */
export function logError(x: Exchange, severity: LogSeverity, message: string): void {
  x.error ??= severity === 'error' || severity === 'crit' || severity === 'alert' ? message : undefined
  const host = x.head.fields.names.indexOf('host')
  const about = [
    message,
    `client: ${x.realAddress ?? x.address.remoteAddress}`,
    `server: ${x.server.firstName}`,
    ...(x.head.requestLine ? [`request: "${x.head.requestLine}"`] : []),
    ...(x.parent ? [`subrequest: "${x.uri}"`] : []),
    ...(x.attempts.length > 0 && x.upstream ? [`upstream: "${x.upstream.url}"`] : []),
    ...(host >= 0 ? [`host: "${hostField(x)}"`] : []),
  ]
  x.cycle.log(x.settings.errorLogs, severity, about.join(', '), x)
}

function hostField(x: Exchange): string {
  const { fields } = x.head
  const i = fields.names.indexOf('host')
  return i < 0 ? '' : fields.text.slice(fields.at[4 * i + 1], fields.at[4 * i + 2])
}
