/** What the tray shows, put together from the host's streams. */
import type { ConfigState, LocalState } from '../contract/configuration.ts'
import type { HostClient } from '../contract/contract.ts'
import { routeSwitches } from '../host/route-switches.ts'
import type { TrayStatus } from './tray-menu.ts'

/** Calls `tell` with every change until the connection ends or the returned function is called. */
export function watchTrayStatus(client: HostClient, tell: (status: TrayStatus) => void): () => void {
  let status: TrayStatus = {}
  let config: ConfigState['config'] | undefined
  let local: LocalState['local'] | undefined
  const change = (more: TrayStatus): void => {
    status = { ...status, ...more, ...(config && local && { routes: routeSwitches(config, local) }) }
    tell(status)
  }
  const stops = [
    client.watch('proxy.watch', (proxy) => change({ proxy })),
    client.watch('config.watch', (state) => {
      config = state.config
      change({})
    }),
    client.watch('local.watch', (state) => {
      local = state.local
      change({})
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
