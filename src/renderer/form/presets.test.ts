import { describe, expect, test } from 'vitest'
import { hasErrors } from '../../base/problem.ts'
import { validate } from '../../config/validate.ts'
import { demoConfig } from '../testing/demo-config.ts'
import { addHttpText, presets, toAddress } from './presets.ts'

const input = { name: 'new.localhost', target: '127.0.0.1:3000', second: '127.0.0.1:4000', webSocket: true }

describe.each(presets.map((preset) => [preset.title, preset] as const))('%s', (_title, preset) => {
  const given = preset.id === 'static' ? { ...input, target: '/srv/site' } : input

  test('is a configuration nginx would accept', () => {
    const added = addHttpText({}, preset.text(given))
    if ('problems' in added) throw new Error(added.problems[0]?.message)
    expect(hasErrors(validate(added.config))).toBe(false)
    expect(added.config.http?.unhandled).toBeUndefined()
    expect(added.config.http?.servers?.at(-1)?.serverName).toEqual(['new.localhost'])
  })

  test('is added to what there is', () => {
    const added = addHttpText(demoConfig, preset.text(given))
    if ('problems' in added) throw new Error(added.problems[0]?.message)
    const maps = added.config.http?.maps?.map((map) => map.variable) ?? []
    expect(new Set(maps).size).toBe(maps.length)
    expect(added.config.http?.servers?.slice(0, 4)).toEqual(demoConfig.http?.servers)
  })
})

test('a name that breaks out of the text is refused', () => {
  const [proxy] = presets
  const added = addHttpText({}, proxy?.text({ ...input, name: 'a; }' }) ?? '')
  expect('problems' in added).toBe(true)
})

test.each([
  ['3000', '127.0.0.1:3000'],
  ['http://localhost:8080/', 'localhost:8080'],
  ['my-app:3000', 'my-app:3000'],
])('%s is the address %s', (text, address) => {
  expect(toAddress(text)).toBe(address)
})
