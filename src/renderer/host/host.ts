/** How stores get at the host: the link belongs to the pinia they live in, so that tests hand in their own. */
import { getActivePinia, type Pinia } from 'pinia'
import type { HostLink } from './link.ts'

const links = new WeakMap<Pinia, HostLink>()

/** Gives the stores of a pinia their host. */
export function provideHost(pinia: Pinia, link: HostLink): void {
  links.set(pinia, link)
}

/** The host of the store that is being set up. */
export function useHost(): HostLink {
  const pinia = getActivePinia()
  const link = pinia && links.get(pinia)
  if (!link) throw new Error('provideHost() comes before the first store')
  return link
}
