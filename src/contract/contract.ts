/**
 * Everything a window, a tray, a browser or a test can ask of the host, and everything it can watch.
 * Commands are asked once; streams start with a snapshot, may coalesce, and say what they dropped.
 * Messages are JSON-safe; the host validates every input.
 */
import { programContract } from './program.ts'
import { configurationContract } from './configuration.ts'
import { routesContract } from './routes.ts'
import { trafficContract } from './traffic.ts'
import { zonesContract } from './zones.ts'
import type { Client, Contract } from './definition.ts'

/** The contract. */
export const hostContract = {
  ...programContract,
  ...configurationContract,
  ...routesContract,
  ...trafficContract,
  ...zonesContract,
} as const satisfies Contract

export type HostContract = typeof hostContract
export type HostClient = Client<HostContract>
