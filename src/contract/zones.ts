/** What outlives a configuration: peers, caches and limits, watched and steered. */
import * as z from 'zod'
import { activeCheckSchema, type ActiveCheck } from '../config/local.ts'
import type {
  CacheEntryDetail,
  CacheFilter,
  CachePage,
  CachePurge,
  CachePurged,
  CacheZoneStatus,
} from '../status/cache-zone-status.ts'
import type { LimitZoneStatus } from '../status/limit-zone-status.ts'
import type { UpstreamStatus } from '../status/peer-status.ts'
import { command, latest, type Contract } from './definition.ts'
import type { ApplyResult } from './configuration.ts'

/**
 * What is to change of one peer; what is absent stays. Weight: `{ weight: 3 }`; drain: `{ draining: true }`; down:
 * `{ down: true }`; up: `{ down: false, draining: false }`, which also ends its sitting out of fail_timeout; back to
 * what the configuration says: `{ reset: true }`.
 */
export interface PeerSteer {
  upstream: string
  /** Its address or its `server` line, as its status shows them. */
  peer: string
  /** 1 or more. */
  weight?: number | undefined
  down?: boolean | undefined
  /** No new exchanges; the running ones end. */
  draining?: boolean | undefined
  reset?: boolean | undefined
  /**
   * Also written into the configuration, an apply of its own: weight and down as they stand after this command;
   * drain becomes `down`, for nginx has no drain. Without other fields: what was steered before is kept.
   */
  keep?: boolean | undefined
}

/** What became of a steering. */
export interface SteerResult {
  /** How many peers it changed: a `server` line's name may stand for several. */
  readonly peers: number
  /** With `keep`: what became of the apply. Where it is not `applied` nothing was steered either. */
  readonly kept?: ApplyResult
}

const weightError =
  'a weight is a whole number from 1 to 1000000; a peer that is to get nothing is steered down or draining'

/** `upstreams.*`, `caches.*` and `limits.*` of the contract. */
export const zonesContract = {
  'upstreams.watch': latest<readonly UpstreamStatus[]>(),
  /**
   * Changes a peer from the next exchange on, without an apply, until the program stops or the configuration
   * says something else of it; with `keep` for good. Rejects with `not-found` where there is no such upstream or
   * peer, and with `invalid-input` for a weight that is none, nothing to change, or an upstream that has no block
   * to be kept in; nothing has changed then.
   */
  'upstreams.steer': command<SteerResult, PeerSteer>(
    z
      .object({
        upstream: z.string().min(1),
        peer: z.string().min(1),
        weight: z
          .number(weightError)
          .int(weightError)
          .min(1, weightError)
          .max(1_000_000, weightError)
          .optional(),
        down: z.boolean().optional(),
        draining: z.boolean().optional(),
        reset: z.boolean().optional(),
        keep: z.boolean().optional(),
      })
      .strict(),
  ),
  /**
   * Sets the active check of an upstream in the overlay, or takes it away: an apply of the overlay. Rejects with
   * `not-found` where no `upstream` block has this name.
   */
  'upstreams.check': command<ApplyResult, { upstream: string; check: ActiveCheck | null }>(
    z.object({ upstream: z.string().min(1), check: activeCheckSchema.nullable() }),
  ),
  'caches.watch': latest<readonly CacheZoneStatus[]>(),
  /** What a cache stores, those used last first. Rejects with `not-found`. */
  'caches.list': command<CachePage, { zone: string; filter: CacheFilter; offset: number; limit: number }>(
    z.object({
      zone: z.string().min(1),
      filter: z.object({
        text: z.string().optional(),
        prefix: z.string().optional(),
        host: z.string().optional(),
        fresh: z.boolean().optional(),
        status: z.number().int().optional(),
      }),
      offset: z.number().int().min(0),
      limit: z.number().int().min(1).max(1000),
    }),
  ),
  /** One stored response; null: it is not there (any more). */
  'caches.get': command<CacheEntryDetail | null, { zone: string; key: string; variant?: string | undefined }>(
    z.object({ zone: z.string().min(1), key: z.string(), variant: z.string().optional() }),
  ),
  /**
   * Removes stored responses and says how many went; where nothing fits, it says so and changes nothing.
   * Rejects with `not-found` where there is no such cache.
   */
  'caches.purge': command<CachePurged, { zone: string; what: CachePurge }>(
    z.object({
      zone: z.string().min(1),
      what: z.discriminatedUnion('by', [
        z.object({ by: z.literal('key'), key: z.string().min(1), variant: z.string().optional() }),
        z.object({ by: z.literal('prefix'), prefix: z.string().min(1) }),
        z.object({ by: z.literal('host'), host: z.string().min(1) }),
        z.object({ by: z.literal('all') }),
      ]),
    }),
  ),
  'limits.watch': latest<readonly LimitZoneStatus[]>(),
  /** Forgets a key of a zone, as its status shows it: its next request begins anew. */
  'limits.reset': command<void, { zone: string; key: string }>(
    z.object({ zone: z.string().min(1), key: z.string() }),
  ),
} as const satisfies Contract
