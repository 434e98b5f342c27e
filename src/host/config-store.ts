import type { Clock } from '../base/clock.ts'
import { defaultLocal, localSchema, type Local } from '../config/local.ts'
import { configSchema, type Config } from '../config/model.ts'
import { join } from 'node:path'
import { configMigrations } from './migrations/config.ts'
import { localMigrations } from './migrations/local.ts'
import { openRevisionStore, type RevisionStore } from './revision-store.ts'

/** Before anything was imported or made: no servers, so nothing listens. */
const emptyConfig: Config = { http: {} }

/** The saved configuration under a state folder: `config/REVISION.json`, the last 50. */
export function openConfigStore(stateFolder: string, now: Clock['now']): Promise<RevisionStore<Config>> {
  return openRevisionStore({
    folder: join(stateFolder, 'config'),
    what: 'configuration',
    schema: configSchema,
    migrations: configMigrations,
    initial: emptyConfig,
    // Some days of work; a configuration is some ten kilobytes.
    keep: 50,
    now,
  })
}

/** The saved local overlay: `local/REVISION.json`; older ones are kept only for when the newest is damaged. */
export function openLocalStore(stateFolder: string, now: Clock['now']): Promise<RevisionStore<Local>> {
  return openRevisionStore({
    folder: join(stateFolder, 'local'),
    what: 'local overlay',
    schema: localSchema,
    migrations: localMigrations,
    initial: defaultLocal,
    keep: 5,
    now,
  })
}
