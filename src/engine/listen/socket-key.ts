import type { ListenSettings } from '../cycle/settings.ts'

/** What makes one listening socket the same as that of another configuration. */
export function socketKey(settings: Pick<ListenSettings, 'key' | 'localAddress' | 'localPort'>): string {
  return `${settings.key} ${settings.localAddress} ${settings.localPort ?? ''}`
}
