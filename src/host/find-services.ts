import type { FoundServices } from '../status/found-services.ts'
import { containers, dockerSocket } from './docker.ts'
import { listening } from './listening.ts'

/** What could be a route's target: what listens here, without us, and what runs in containers. */
export async function findServices(): Promise<FoundServices> {
  const [services, docker] = await Promise.all([
    listening(new Set([process.pid])),
    containers(dockerSocket()).then(
      (found) => ({ containers: found }),
      (error: unknown) => ({
        containers: [],
        dockerProblem: `containers are not listed: ${error instanceof Error ? error.message : String(error)}`,
      }),
    ),
  ])
  return { services, ...docker }
}
