import type { Migrations } from './migrate.ts'

/** Saved overlays have one format so far. */
export const localMigrations: Migrations = []
