import type { Problem } from '../base/problem.ts'
import { portOwner, type PortOwner } from './port-owner.ts'

// nginx's words for a port that is taken: bind() to 127.0.0.1:8080 failed (98: Address already in use)
const inUse = /bind\(\) to (?:\[[^\]]*\]|[^:]*):(\d+) failed \([^)]*Address already in use/

/** The problems, those about ports in use with the process that has it and the way out. */
export async function namePortOwners(
  problems: readonly Problem[],
  ownerOf: (port: number) => Promise<PortOwner | undefined> = portOwner,
): Promise<Problem[]> {
  return Promise.all(
    problems.map(async (problem) => {
      const port = Number(inUse.exec(problem.message)?.[1])
      if (Number.isNaN(port)) return problem
      const owner = await ownerOf(port)
      const by = owner ? `${owner.name} (process ${owner.pid})` : 'another program'
      const fix = `port ${port} is taken by ${by}; stop it, or open another port here for this one`
      return { ...problem, code: 'port-in-use', fix }
    }),
  )
}
