/** The command line. */
import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2))
// Whatever a client holds open must not keep a program that is done.
setTimeout(() => process.exit(), 1000).unref()
