/**
 * Everything that can be said to be wrong with a configuration without running it, the same in the page and in the
 * host. Messages are nginx's where it has one. What depends on this machine (hosts, files, ports, how a regular
 * expression compiles) the engine says.
 */
import type { Problem } from '../base/problem.ts'
import { checkLocations } from './checks/locations.ts'
import { checkNewer } from './checks/newer-nginx.ts'
import { checkProxyPass } from './checks/proxy-pass.ts'
import { checkReferences } from './checks/references.ts'
import { checkServers } from './checks/servers.ts'
import { checkTables } from './checks/tables.ts'
import { checkUpstreams } from './checks/upstreams.ts'
import { checkVariables } from './checks/variables.ts'
import type { Config } from './model.ts'

const checks = [
  checkUpstreams,
  checkNewer,
  checkServers,
  checkLocations,
  checkProxyPass,
  checkReferences,
  checkTables,
  checkVariables,
]

/** The problems, errors first; none that nginx would refuse means that `nginx -t` would accept it. */
export function validate(config: Config): Problem[] {
  const problems = checks.flatMap((check) => check(config))
  const weight = ({ severity }: Problem): number =>
    severity === 'error' ? 0 : severity === 'warning' ? 1 : 2
  return problems.sort((a, b) => weight(a) - weight(b))
}
