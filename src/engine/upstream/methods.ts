/** Which balancer an upstream block asks for; the last method written counts, as in nginx. */
import type { Upstream } from '../../config/model.ts'
import { compileScript } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { Balancer } from './balancer.ts'
import { consistentHash } from './consistent-hash.ts'
import { hash } from './hash.ts'
import { ipHash } from './ip-hash.ts'
import { leastConn } from './least-conn.ts'
import type { Peer } from './peer.ts'
import { random } from './random.ts'
import { roundRobin } from './round-robin.ts'
import { sticky } from './sticky.ts'

type Method = 'leastConn' | 'ipHash' | 'hash' | 'random'

const methods: ReadonlySet<string> = new Set<Method>(['leastConn', 'ipHash', 'hash', 'random'])

/** Makes it, and what makes clients stick to it; throws a ScriptError for a key that cannot be compiled. */
export function balancerOf(
  upstream: Upstream,
  primary: readonly Peer[],
  backup: readonly Peer[],
  variables: VariableTable,
): { balancer: Balancer; method: string } {
  const made = plainBalancerOf(upstream, primary, backup, variables)
  const settings = upstream.sticky
  if (!settings) return made
  // Unlike nginx, sticky counts in front of the method's line, too: there it would be lost without a word.
  return {
    balancer: sticky(made.balancer, settings, variables),
    method: `${made.method}, sticky ${settings.by}`,
  }
}

function plainBalancerOf(
  upstream: Upstream,
  primary: readonly Peer[],
  backup: readonly Peer[],
  variables: VariableTable,
): { balancer: Balancer; method: string } {
  switch (methodOf(upstream)) {
    case 'leastConn':
      return { balancer: leastConn(primary, backup), method: 'least_conn' }
    case 'ipHash':
      return { balancer: ipHash(primary), method: 'ip_hash' }
    case 'hash': {
      const key = compileScript(upstream.hash?.key ?? '', variables)
      return upstream.hash?.consistent
        ? { balancer: consistentHash(primary, key), method: 'hash consistent' }
        : { balancer: hash(primary, key), method: 'hash' }
    }
    case 'random':
      return upstream.random?.two
        ? { balancer: random(primary, true), method: 'random two least_conn' }
        : { balancer: random(primary, false), method: 'random' }
    case undefined:
      return { balancer: roundRobin(primary, backup), method: 'round robin' }
  }
}

// Fields stand in the order in which their directives were read.
function methodOf(upstream: Upstream): Method | undefined {
  const written = Object.keys(upstream) as (keyof Upstream)[]
  return written.findLast((field): field is Method => methods.has(field) && upstream[field] !== undefined)
}
