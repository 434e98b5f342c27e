/** Which balancer an upstream block asks for; the last method written counts, as in nginx. */
import type { Upstream } from '../../config/model.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { Balancer } from './balancer.ts'
import { leastConn } from './least-conn.ts'
import type { Peer } from './peer.ts'
import { roundRobin } from './round-robin.ts'

export function balancerOf(
  upstream: Upstream,
  primary: readonly Peer[],
  backup: readonly Peer[],
  _variables: VariableTable | undefined,
): { balancer: Balancer; method: string } {
  if (upstream.leastConn) return { balancer: leastConn(primary, backup), method: 'least_conn' }
  return { balancer: roundRobin(primary, backup), method: 'round robin' }
}
