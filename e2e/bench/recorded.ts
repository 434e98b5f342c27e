/**
 * `sluicegate-nginx` with the window's recorder and meter behind it, as `sluicegate serve` and the desktop app have
 * it: what is measured pays for what the product does.
 */
import { systemClock } from '../../src/base/clock.ts'
import { nginxProgram } from '../../src/cli/nginx-program.ts'
import { keptExchange } from '../../src/engine/kept-exchange.ts'
import { ThroughputMeter } from '../../src/host/throughput.ts'
import { TrafficRecorder } from '../../src/host/traffic-recorder.ts'

const traffic = new TrafficRecorder(systemClock, keptExchange)
const throughput = new ThroughputMeter(systemClock, () => 0)

process.exit(
  await nginxProgram(process.argv.slice(2), {
    exchange: (finished) => {
      traffic.add(finished)
      throughput.add(finished)
    },
    log: () => undefined,
  }),
)
