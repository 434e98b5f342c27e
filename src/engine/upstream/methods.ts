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
): Balancer {
  const balancer = plainBalancerOf(upstream, primary, backup, variables)
  // Unlike nginx, sticky counts in front of the method's line, too: there it would be lost without a word.
  return upstream.sticky ? sticky(balancer, upstream.sticky, variables) : balancer
}

function plainBalancerOf(
  upstream: Upstream,
  primary: readonly Peer[],
  backup: readonly Peer[],
  variables: VariableTable,
): Balancer {
  switch (methodOf(upstream)) {
    case 'leastConn':
      return leastConn(primary, backup)
    case 'ipHash':
      return ipHash(primary)
    case 'hash': {
      const key = compileScript(upstream.hash?.key ?? '', variables)
      return upstream.hash?.consistent ? consistentHash(primary, key) : hash(primary, key)
    }
    case 'random':
      return random(primary, upstream.random?.two !== undefined)
    case undefined:
      return roundRobin(primary, backup)
  }
}

/** What the status calls it. */
export function methodName(upstream: Upstream): string {
  const names = {
    leastConn: 'least_conn',
    ipHash: 'ip_hash',
    hash: upstream.hash?.consistent ? 'hash consistent' : 'hash',
    random: upstream.random?.two ? 'random two least_conn' : 'random',
  }
  const method = methodOf(upstream)
  const name = method === undefined ? 'round robin' : names[method]
  return upstream.sticky ? `${name}, sticky ${upstream.sticky.by}` : name
}

// Fields stand in the order in which their directives were read.
function methodOf(upstream: Upstream): Method | undefined {
  const written = Object.keys(upstream) as (keyof Upstream)[]
  return written.findLast((field): field is Method => methods.has(field) && upstream[field] !== undefined)
}
