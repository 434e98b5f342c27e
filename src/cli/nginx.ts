/** What `sluicegate-nginx` starts. */
import { nginxProgram } from './nginx-program.ts'

process.exit(await nginxProgram(process.argv.slice(2)))
