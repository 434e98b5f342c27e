/** Brings what an older version saved into today's form. */

/** From one format to the next; index 0 leads from format 1 to format 2. */
export type Migrations = readonly ((value: unknown) => unknown)[]

/** The format that is written now. */
export function currentFormat(migrations: Migrations): number {
  return migrations.length + 1
}

/** State that a newer version of the program wrote: not damaged, only not for us. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError'
  constructor(file: string, format: number, known: number) {
    super(
      `${file} was written by a newer Sluicegate (format ${format}, this one knows ${known}); ` +
        `update Sluicegate, or choose another folder with --state`,
    )
  }
}

/** The value in today's form. Throws `NewerFormatError`. */
export function migrate(file: string, format: number, value: unknown, migrations: Migrations): unknown {
  if (format > currentFormat(migrations)) throw new NewerFormatError(file, format, currentFormat(migrations))
  return migrations.slice(format - 1).reduce((older, next) => next(older), value)
}
