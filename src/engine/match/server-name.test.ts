import { expect, test } from 'vitest'
import type { ServerSettings } from '../cycle/settings.ts'
import { ServerNames } from './server-name.ts'

const server = (label: string): ServerSettings => ({ label }) as ServerSettings

function names(): ServerNames {
  const all = new ServerNames()
  all.add('example.org', server('exact'))
  all.add('*.example.org', server('suffix'))
  all.add('*.deep.example.org', server('longer suffix'))
  all.add('mail.*', server('prefix'))
  all.add('mail.example.*', server('longer prefix'))
  all.add('.both.test', server('both'))
  all.add('', server('no name'))
  all.addRegex(/^api(?<n>\d+)\./, server('expression'), undefined)
  all.addRegex(/^api/, server('later expression'), undefined)
  return all
}

test.each([
  ['example.org', 'exact'],
  ['www.example.org', 'suffix'],
  ['a.deep.example.org', 'longer suffix'],
  ['mail.test', 'prefix'],
  ['mail.example.test', 'longer prefix'],
  ['mail.example.org', 'suffix'],
  ['both.test', 'both'],
  ['x.both.test', 'both'],
  ['api7.test', 'expression'],
  ['apix.test', 'later expression'],
  ['', 'no name'],
  ['unknown.test', undefined],
  ['xexample.org', undefined],
])('%j is answered by %s', (host, label) => expect(names().find(host)?.server.label).toBe(label))

test('a name that another server has is refused, the same server may say it twice', () => {
  const all = new ServerNames()
  const first = server('first')
  expect([all.add('A.test', first), all.add('a.test', first), all.add('a.test', server('second'))]).toEqual([
    true,
    true,
    false,
  ])
})

test('captures of an expression are told', () => {
  expect(names().find('api42.test')?.captures?.groups).toEqual({ n: '42' })
})
