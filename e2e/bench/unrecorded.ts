/** `sluicegate-nginx` with nobody behind it: what `recorded.ts` costs more is what recording costs. */
import { nginxProgram } from '../../src/cli/nginx-program.ts'

process.exit(await nginxProgram(process.argv.slice(2)))
