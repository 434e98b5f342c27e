import type { Migrations } from './migrate.ts'

/** Saved preferences have one format so far. */
export const preferencesMigrations: Migrations = []
