/** How the connection to the host stands, for the banner. */
import { useHost } from './host.ts'
import type { HostLink } from './link.ts'

export function useLink(): Pick<HostLink, 'state' | 'retry'> {
  return useHost()
}
