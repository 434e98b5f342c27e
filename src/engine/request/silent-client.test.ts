import { describe, expect, test } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { silentClient } from './silent-client.ts'

/** A request and one made for it, as far as their ends go. */
function stage({ headSent = false, status = 0 } = {}): {
  main: Exchange
  asked: Exchange
  told: string[]
} {
  const told: string[] = []
  const cycle = { clock: fakeClock(), active: 2, retired: false }
  const common = { cycle, behind: 0, body: {}, settings: { fields: {} }, finished: false }
  const main = {
    ...common,
    headSent,
    status,
    client: { abort: (x: Exchange) => void told.push(`main aborted, ${x.status}`) },
  } as unknown as Exchange
  const asked = {
    ...common,
    parent: main,
    status: 502,
    runFinishers: () => void told.push('finishers of the subrequest'),
  } as unknown as Exchange
  return { main, asked, told }
}

describe('a subrequest that is answered', () => {
  test('ends, and its end is told once', () => {
    const { asked, told } = stage()
    const client = silentClient((x) => void told.push(`done ${x === asked}`))
    client.end(asked)
    client.end(asked)
    expect([told, asked.finished]).toEqual([['finishers of the subrequest', 'done true'], true])
  })

  test('has ended already where its client has gone: nobody is told', () => {
    const { asked, told } = stage()
    asked.finished = true
    silentClient(() => void told.push('done')).end(asked)
    expect(told).toEqual([])
  })

  test('gets rid of its answer at once: nothing is sent, kept or waited for', () => {
    const { asked, told } = stage()
    const client = silentClient(() => void told.push('done'))
    client.head(asked, new Answer(200))
    client.interim(asked, 103, '')
    expect(client.write(asked, Buffer.from('body'), 0, 4)).toBe(true)
    client.flush(asked)
    expect([client.pending(), client.upgrade(asked), client.onDrain, told]).toEqual([
      0,
      undefined,
      undefined,
      [],
    ])
  })
})

describe('a subrequest that breaks off', () => {
  test.each([
    ['takes the request it was made for with it, and its status', {}, 'main aborted, 502'],
    ['leaves a status that is known', { status: 403 }, 'main aborted, 403'],
    ['says nothing of a status where the head is out', { headSent: true }, 'main aborted, 0'],
  ])('%s', (_, options, aborted) => {
    const { main, asked, told } = stage(options)
    const client = silentClient(() => void told.push('done'))
    client.abort(asked)
    main.finished = true
    client.abort(asked)
    expect([told, asked.finished]).toEqual([['finishers of the subrequest', aborted], true])
  })

  test('after the request it was made for, ends alone', () => {
    const { main, asked, told } = stage()
    main.finished = true
    silentClient(() => void told.push('done')).abort(asked)
    expect([told, asked.finished]).toEqual([['finishers of the subrequest'], true])
  })
})
