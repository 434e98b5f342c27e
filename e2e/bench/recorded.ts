/**
 * `sluicegate-nginx` with the recorder of the window behind it, as `sluicegate serve` and the desktop app have
 * it: what is measured pays for what the product does.
 */
import { systemClock } from '../../src/base/clock.ts'
import { nginxProgram } from '../../src/cli/nginx-program.ts'
import { TrafficRecorder } from '../../src/host/traffic-recorder.ts'

const recorder = new TrafficRecorder(systemClock)

process.exit(
  await nginxProgram(process.argv.slice(2), {
    exchange: (finished) => recorder.add(finished),
    log: () => undefined,
  }),
)
