import { describe, expect, it } from 'vitest'
import { ZoneError, Zones, type Zone, type ZoneDraft } from './zones.ts'

interface Counted extends Zone {
  readonly key: string
  begun: number
  disposed: number
}

function counted(key: string): Counted {
  const zone: Counted = {
    name: 'one',
    key,
    begun: 0,
    disposed: 0,
    begin: () => void zone.begun++,
    dispose: () => void zone.disposed++,
  }
  return zone
}

function declare(draft: ZoneDraft, name: string, size: number, key = '$a'): Counted {
  return draft.get(
    'limit_req_zone',
    name,
    size,
    () => counted(key),
    (old) => old.key === key,
    (first) => `limit_req_zone "${name}" is already bound to key "${first.key}"`,
  )
}

describe('zones', () => {
  it('are taken over by the next configuration where nothing about them changed', () => {
    const zones = new Zones()
    const first = zones.draft()
    const zone = declare(first, 'one', 65_536)
    first.commit()
    const next = zones.draft()
    expect(declare(next, 'one', 65_536)).toBe(zone)
    next.commit()
    expect(zone.begun).toBe(1)
    expect(zones.running('limit_req_zone')).toEqual([zone])
  })

  it.each([
    ['another size', 131_072, '$a'],
    ['another key', 65_536, '$b'],
  ])('start anew with %s', (_what, size, key) => {
    const zones = new Zones()
    const first = zones.draft()
    const zone = declare(first, 'one', 65_536)
    first.commit()
    const next = zones.draft()
    expect(declare(next, 'one', size, key)).not.toBe(zone)
  })

  it('of a configuration that is not applied leave no trace', () => {
    const zones = new Zones()
    const refused = zones.draft()
    const zone = declare(refused, 'one', 65_536)
    const next = zones.draft()
    expect(declare(next, 'one', 65_536)).not.toBe(zone)
    expect(zone.begun).toBe(0)
  })

  it('are disposed of once, when no cycle has them', () => {
    const zones = new Zones()
    const first = zones.draft()
    const zone = declare(first, 'one', 65_536)
    first.commit()
    zones.draft().commit()
    zones.keepOnly(new Set(first.zones()))
    expect(zone.disposed).toBe(0)
    zones.keepOnly(new Set())
    zones.dispose()
    expect(zone.disposed).toBe(1)
  })

  it.each<[string, (draft: ZoneDraft) => unknown, string]>([
    [
      'declared twice',
      (draft) => [declare(draft, 'one', 65_536), declare(draft, 'one', 65_536, '$b')],
      'limit_req_zone "one" is already bound to key "$a"',
    ],
    [
      'declared twice with another size',
      (draft) => [declare(draft, 'one', 65_536), declare(draft, 'one', 131_072)],
      'the size 131072 of shared memory zone "one" conflicts with already declared size 65536',
    ],
    [
      'declared for something else',
      (draft) => [declare(draft, 'one', 65_536), draft.use('proxy_cache_path', 'one')],
      'the shared memory zone "one" is already declared for a different use',
    ],
    [
      'that nobody declares',
      (draft) => draft.use('limit_req_zone', 'two'),
      'zero size shared memory zone "two"',
    ],
  ])("%s are refused in nginx's words", (_what, run, message) => {
    expect(() => run(new Zones().draft())).toThrow(new ZoneError(message))
  })
})
