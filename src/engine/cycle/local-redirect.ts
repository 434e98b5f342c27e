import type { Local } from '../../config/local.ts'
import type { ListenSettings } from './settings.ts'

/** Makes a Location fit this machine, or leaves it as it is. */
export type LocalRedirect = (location: string) => string

/**
 * Unlike nginx, a redirect to a server of this configuration names the port that is open on this machine:
 * `https://app.localhost/` would leave for 443, where nobody listens when 443 is opened as 8443. Absent
 * where no port is mapped.
 */
export function localRedirect(local: Local, listens: readonly ListenSettings[]): LocalRedirect | undefined {
  const mapped = new Map(Object.entries(local.ports).filter(([from, to]) => String(to) !== from && to !== 0))
  if (mapped.size === 0) return undefined
  const byPort = new Map<string, ListenSettings[]>()
  for (const listen of listens)
    byPort.set(String(listen.port), [...(byPort.get(String(listen.port)) ?? []), listen])
  return (location) => {
    const [, scheme, host = '', port, rest = ''] =
      /^(https?):\/\/([^/:?#]+)(?::(\d+))?(.*)$/s.exec(location) ?? []
    if (scheme === undefined) return location
    const from = port ?? (scheme === 'https' ? '443' : '80')
    const to = mapped.get(from)
    if (to === undefined) return location
    const ours = byPort.get(from)?.some(({ virtual }) => virtual.names.find(host.toLowerCase()) !== undefined)
    return ours ? `${scheme}://${host}:${to}${rest}` : location
  }
}
