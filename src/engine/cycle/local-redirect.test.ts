import { expect, test } from 'vitest'
import { defaultLocal, noLocal } from '../../config/local.ts'
import { ServerNames } from '../match/server-name.ts'
import { localRedirect } from './local-redirect.ts'
import type { ListenSettings, ServerSettings } from './settings.ts'

function listen(port: number, ...names: string[]): ListenSettings {
  const served = new ServerNames()
  for (const name of names) served.add(name, {} as ServerSettings)
  return { port, virtual: { names: served } } as unknown as ListenSettings
}

const redirect = localRedirect(defaultLocal, [
  listen(443, 'app.localhost'),
  listen(80, 'app.localhost', '*.shop.test'),
])

test.each([
  ['https://app.localhost/a?b=1', 'https://app.localhost:8443/a?b=1'],
  ['http://x.shop.test/', 'http://x.shop.test:8080/'],
  ['https://app.localhost:443/a', 'https://app.localhost:8443/a'],
  ['https://app.localhost:9443/a', 'https://app.localhost:9443/a'],
  ['https://elsewhere.example/a', 'https://elsewhere.example/a'],
  ['https://x.shop.test/', 'https://x.shop.test/'],
  ['/relative', '/relative'],
])('%s becomes %s where 443 is opened as 8443', (location, here) => expect(redirect?.(location)).toBe(here))

test('nothing is rewritten where no port is mapped', () => expect(localRedirect(noLocal, [])).toBeUndefined())
