/**
 * Resets in every phase of an exchange, from either side, over HTTP/1.1, TLS and HTTP/2: what the other side sees, what
 * is logged, that no descriptor stays open, and that the next request works. Each row is played on nginx and here:
 * what nginx does is what is expected.
 */
import type { Report } from './report.ts'
import { ways, type Phase, type Way } from './resets/phases.ts'
import { play, type Played, type Row } from './resets/play.ts'
import { openStage } from './resets/stage.ts'

const rows: readonly Row[] = ways.flatMap((way) =>
  way.phases.flatMap((phase) => sides(way, phase).map((by) => ({ way, phase, by }))),
)

function sides(way: Way, phase: Phase): Row['by'][] {
  if (phase.only) return [phase.only]
  // A stream can be given up from its head on until it is over.
  const running = phase.sent !== 'nothing' && phase.sent !== 'half a head' && phase.answered !== 'all'
  return way.client === 'h2' && running ? ['client', 'stream', 'upstream'] : ['client', 'upstream']
}

// Two events of one moment may come in either order, on nginx as here: what differs each time does not depend on that.
const mostPlays = 3

export async function resets(report: Report): Promise<void> {
  report.begin(`resets in ${rows.length} rows of protocols, phase and side, on nginx and here`)
  const [nginx, ours] = await Promise.all([openStage('nginx'), openStage('sluicegate')])
  let again = 0
  try {
    for (const row of rows) {
      let told = ''
      for (let plays = 0; plays < mostPlays; plays++) {
        if (plays > 0) again++
        const [there, here] = await Promise.all([play(row, nginx), play(row, ours)])
        if ((told = difference(there, here)) === '') break
      }
      report.check(nameOf(row), told === '', told)
    }
    const alive = await ours.inside()
    // The connection that is asked through all the time, and what is kept for the next request.
    const { exchanges, streams, http1, http2, spoolFiles } = alive ?? {}
    report.equal(
      'what is left in memory',
      { exchanges, streams, http1, http2, spoolFiles },
      { exchanges: 0, streams: 0, http1: 1, http2: 0, spoolFiles: 0 },
    )
  } finally {
    await Promise.all([nginx.stop(), ours.stop()])
  }
  report.figure('rows that were played again', again)
}

function nameOf({ way, phase, by }: Row): string {
  const { client, upstream, route, reused } = way
  return `${client} to ${upstream}, ${route}${reused ? ', reused' : ''}: ${phase.phase}, by the ${by}`
}

/** What is not equal, or is not as a row has to end on nginx; empty: nothing. */
function difference(there: Played, here: Played): string {
  const parts = (Object.keys(there) as (keyof Played)[]).filter(
    (part) => JSON.stringify(there[part]) !== JSON.stringify(here[part]),
  )
  if (there.left !== 0) parts.push('left')
  if (there.saw.includes('failed: ')) parts.push('saw')
  const shown = (engine: string, part: string, value: unknown): string =>
    `\n     ${engine} ${part} ${JSON.stringify(value)}`
  return parts.map((part) => shown('nginx', part, there[part]) + shown('here ', part, here[part])).join('')
}
