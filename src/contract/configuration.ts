/** The saved configuration and this machine's differences: watched, applied, imported, exported. */
import * as z from 'zod'
import type { Problem } from '../base/problem.ts'
import { localSchema, type Local } from '../config/local.ts'
import { configSchema, type Config } from '../config/model.ts'
import type { Statement } from '../config/statement.ts'
import { command, latest, type Contract } from './definition.ts'

/** The saved configuration. */
export interface ConfigState {
  /** Counts up with every apply. */
  readonly revision: number
  readonly config: Config
  /** Milliseconds since 1970. */
  readonly savedAt: number
  /** Warnings and notes of the saved configuration. */
  readonly problems: readonly Problem[]
  /** Told once when the state file was damaged and an older revision was loaded. */
  readonly recovered?: string
}

/** The saved local overlay. */
export interface LocalState {
  readonly revision: number
  readonly local: Local
}

/** What became of an apply. */
export type ApplyResult =
  | { readonly outcome: 'applied'; readonly revision: number; readonly problems: readonly Problem[] }
  | { readonly outcome: 'invalid'; readonly problems: readonly Problem[] }
  /** Somebody else applied first. `revision` is what is saved now. */
  | { readonly outcome: 'conflict'; readonly revision: number }

/** An older revision. */
export interface RevisionSummary {
  readonly revision: number
  readonly savedAt: number
  readonly note?: string
}

/** One directive of an imported file and what became of it. */
export interface ImportLine {
  readonly directive: string
  readonly file: string
  readonly line: number
  readonly outcome: 'applied' | 'export' | 'kept'
}

/** What an import found. */
export interface ImportResult {
  readonly config: Config
  readonly problems: readonly Problem[]
  readonly report: readonly ImportLine[]
}

const file = z.object({ name: z.string().min(1), text: z.string() })
const revision = z.number().int().min(0)

/** `config.*`, `local.*` and `nginx.*` of the contract. */
export const configurationContract = {
  'config.watch': latest<ConfigState>(),
  'config.check': command<{ problems: readonly Problem[] }, { config: Config }>(
    z.object({ config: configSchema }),
  ),
  'config.apply': command<ApplyResult, { baseRevision: number; config: Config; note?: string | undefined }>(
    z.object({ baseRevision: revision, config: configSchema, note: z.string().max(500).optional() }),
  ),
  'config.history': command<readonly RevisionSummary[]>(),
  'config.revision': command<{ config: Config } | null, { revision: number }>(z.object({ revision })),
  'local.watch': latest<LocalState>(),
  'local.apply': command<ApplyResult, { baseRevision: number; local: Local }>(
    z.object({ baseRevision: revision, local: localSchema }),
  ),
  /** Switches one server or location on or off in the overlay; the window's and the tray's switches. */
  'local.switch': command<ApplyResult, { route: string; on: boolean }>(
    z.object({ route: z.string(), on: z.boolean() }),
  ),
  'nginx.import': command<ImportResult, { files: { name: string; text: string }[]; main: string }>(
    z.object({ files: z.array(file).min(1), main: z.string() }),
  ),
  /**
   * The text of a configuration; the saved one where none is given. `local`: as it runs on this machine. Notes say
   * what runs here and is not in the text, and what not every nginx takes.
   */
  'nginx.export': command<
    { text: string; notes: readonly Problem[] },
    { config?: Config | undefined; local?: boolean | undefined }
  >(z.object({ config: configSchema.optional(), local: z.boolean().optional() })),
  /** Statements of a text, for showing problems while somebody types. */
  'nginx.parse': command<
    { statements: readonly Statement[]; problems: readonly Problem[] },
    { text: string }
  >(z.object({ text: z.string() })),
} as const satisfies Contract
