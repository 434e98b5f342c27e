/** What could be a route's target on this machine, and whether a route really answers. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { FoundServices, RouteTrial } from '../../status/found-services.ts'
import { ask } from '../host/ask.ts'
import { useHost } from '../host/host.ts'

export const useServices = defineStore('services', () => {
  const host = useHost()
  const found = shallowRef<FoundServices>({ services: [], containers: [] })
  const looking = shallowRef(false)

  async function look(): Promise<void> {
    looking.value = true
    const answer = await ask('look for services', () => host.call('services.find'))
    looking.value = false
    if (answer) found.value = answer
  }

  /** Really asks a route once; undefined: the host could not be asked, which has been said. */
  function tryRoute(url: string): Promise<RouteTrial | undefined> {
    return ask('ask the route', () => host.call('routes.try', { url }))
  }

  return { found, looking, look, tryRoute }
})
