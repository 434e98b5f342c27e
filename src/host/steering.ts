/** Steering a peer: from the next exchange on, and with `keep` in the configuration, too. */
import type { UpstreamServer } from '../config/directives/upstream.ts'
import type { Config } from '../config/model.ts'
import type { ApplyResult } from '../contract/configuration.ts'
import type { PeerSteer, SteerResult } from '../contract/zones.ts'
import { ContractError } from '../contract/errors.ts'
import type { Engine } from '../engine/index.ts'
import type { PeerStatus, UpstreamStatus } from '../status/peer-status.ts'

/** What steering needs of the host. */
export interface Steered {
  readonly engine: Pick<Engine, 'upstreams' | 'steer'>
  /** An apply of the saved configuration, changed. */
  edit(change: (saved: Config) => Config, note: string): Promise<ApplyResult>
}

/** Throws a ContractError where nothing can be steered; then nothing has changed. */
export async function steerPeer(
  { engine, edit }: Steered,
  { upstream, peer, keep, ...change }: PeerSteer,
): Promise<SteerResult> {
  const asked = Object.values(change).some((value) => value !== undefined && value !== false)
  const released = change.down === false || change.draining === false
  if (!asked && !released && keep !== true)
    throw new ContractError('invalid-input', 'nothing to steer: give weight, down, draining, reset or keep')
  const group = groupNamed(engine.upstreams(), upstream)
  const peers = group.peers.filter(({ address, server }) => address === peer || server === peer)
  if (peers.length === 0)
    throw new ContractError(
      'not-found',
      `no peer ${peer} in the upstream ${upstream}; it has ${group.peers.map(({ address }) => address).join(', ')}`,
    )
  // What the configuration says is kept already.
  if (keep !== true || change.reset === true) return { peers: engine.steer(upstream, peer, change) }
  if (group.implicit)
    throw new ContractError(
      'invalid-input',
      `${upstream} is named by proxy_pass itself, there is no upstream block to keep this in; make one, or steer without keeping`,
    )
  const wanted = new Map(peers.map((status) => [status.server, wantedOf(status, change)]))
  const kept = await edit((saved) => withServers(saved, upstream, wanted), noteOf(upstream, peer, change))
  if (kept.outcome !== 'applied') return { peers: 0, kept }
  // What the configuration says now is what it was steered to: nothing is left to be kept.
  return { peers: engine.steer(upstream, peer, { reset: true }), kept }
}

function groupNamed(groups: readonly UpstreamStatus[], name: string): UpstreamStatus {
  const found = groups.find((group) => group.name === name)
  if (found) return found
  const others = groups.map((group) => group.name).join(', ')
  throw new ContractError(
    'not-found',
    `no upstream ${name} runs now; ${others === '' ? 'there is none' : `there are ${others}`}`,
  )
}

interface Wanted {
  readonly weight: number
  readonly down: boolean
  readonly draining: boolean
}

/** What a `server` line is to say after the change. nginx has no drain: down says the same to new requests. */
function wantedOf(status: PeerStatus, change: Omit<PeerSteer, 'upstream' | 'peer' | 'keep'>): Wanted {
  const { state, steered } = status
  const stands = steered?.state ?? state
  const before = {
    weight: status.weight,
    down: stands === 'down',
    draining: stands === 'draining',
  }
  const { weight = before.weight, down = before.down, draining = before.draining } = change
  return { weight, down, draining }
}

function withServers(config: Config, name: string, wanted: ReadonlyMap<string, Wanted>): Config {
  const upstreams = config.http?.upstreams?.map((upstream) =>
    upstream.name !== name
      ? upstream
      : { ...upstream, server: upstream.server?.map((line) => lineAs(line, wanted.get(line.address))) },
  )
  return upstreams ? { ...config, http: { ...config.http, upstreams } } : config
}

function lineAs(line: UpstreamServer, wanted: Wanted | undefined): UpstreamServer {
  if (!wanted) return line
  const { weight, down: _down, drain, ...others } = line
  const stays = drain && wanted.draining && !wanted.down
  return {
    ...others,
    ...((wanted.weight !== 1 || weight === 1) && { weight: wanted.weight }),
    ...(stays ? { drain } : (wanted.down || wanted.draining) && { down: true as const }),
  }
}

function noteOf(upstream: string, peer: string, { weight, down, draining }: Partial<PeerSteer>): string {
  const what =
    weight !== undefined
      ? `weight ${weight}`
      : down === true || draining === true
        ? 'down'
        : down === false || draining === false
          ? 'up'
          : 'as steered'
  return `${peer} of ${upstream}: ${what}`
}
