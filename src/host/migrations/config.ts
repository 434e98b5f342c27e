import type { Migrations } from './migrate.ts'

/** Saved configurations have one format so far. */
export const configMigrations: Migrations = []
