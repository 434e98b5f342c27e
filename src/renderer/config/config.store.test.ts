import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { addLocation, setAt } from '../../config/edit.ts'
import { resolvePath } from '../../config/path.ts'
import { fakeHost, type FakeHost } from '../testing/fake-host.ts'
import { withStores } from '../testing/mount.ts'
import { useToasts } from '../ui/toasts.ts'
import { useConfig } from './config.store.ts'

const admin = ['http', 'servers', '443 admin.localhost']
const target = [...admin, 'locations', '/', 'proxyPass']

let host: FakeHost
beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
  host = withStores(fakeHost())
})
afterEach(() => {
  vi.useRealTimers()
})

function edited(url = 'http://127.0.0.1:9000') {
  const config = useConfig()
  config.edit('target', (before) => setAt(before, target, url))
  return config
}

describe('the draft', () => {
  test('an edit is a draft; what is saved stays as it was', () => {
    const config = edited()
    expect(resolvePath(config.config, target)).toBe('http://127.0.0.1:9000')
    expect(resolvePath(host.config().config, target)).toBe('http://127.0.0.1:8081')
    expect(config.changes.map((change) => change.words)).toEqual([
      'proxy_pass http://127.0.0.1:8081 → http://127.0.0.1:9000',
    ])
  })

  test('undo and redo walk through the edits', () => {
    const config = edited()
    vi.advanceTimersByTime(2000)
    config.edit('target', (before) => setAt(before, target, 'http://second'))
    config.undo()
    expect(resolvePath(config.config, target)).toBe('http://127.0.0.1:9000')
    config.undo()
    expect(config.draft).toBeUndefined()
    config.redo()
    config.redo()
    expect(resolvePath(config.config, target)).toBe('http://second')
  })

  test('typing in one go is one step', () => {
    const config = edited('http://a')
    vi.advanceTimersByTime(300)
    config.edit('target', (before) => setAt(before, target, 'http://ab'))
    config.undo()
    expect(config.draft).toBeUndefined()
  })

  test('it is checked when one pauses, and what is found is told', async () => {
    host.findProblems([{ severity: 'error', code: 'no-such-upstream', message: 'no upstream "x"' }])
    const config = edited()
    await nextTick()
    expect(host.calls.filter((call) => call.name === 'config.check')).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(250)
    expect(config.problems.map((problem) => problem.message)).toEqual(['no upstream "x"'])
    expect(config.blocked).toBe(true)
  })

  test('discarding it can be undone', async () => {
    const config = edited()
    config.discard()
    expect(config.draft).toBeUndefined()
    useToasts().shown.at(-1)?.action?.run()
    await nextTick()
    expect(resolvePath(config.config, target)).toBe('http://127.0.0.1:9000')
  })

  test('it survives a reload of the page', async () => {
    edited()
    await nextTick()
    withStores(host)
    const again = useConfig()
    expect(resolvePath(again.config, target)).toBe('http://127.0.0.1:9000')
    expect(again.changes).toHaveLength(1)
  })
})

describe('applying', () => {
  test('the draft goes when the stream brings what was applied', async () => {
    const config = edited()
    expect(await config.apply()).toBe(true)
    expect(config.draft).toBeUndefined()
    expect(config.saved?.revision).toBe(8)
    expect(resolvePath(config.config, target)).toBe('http://127.0.0.1:9000')
  })

  test('an error keeps the draft and says why', async () => {
    host.findProblems([{ severity: 'error', code: 'x', message: 'no upstream "x"', fix: 'add one' }])
    const config = edited()
    expect(await config.apply()).toBe(false)
    expect(config.draft).toBeDefined()
    expect(useToasts().shown.at(-1)?.text).toBe('Not applied: no upstream "x"; add one')
  })

  test('without a connection the draft stays', async () => {
    const config = edited()
    host.state.value = 'lost'
    expect(await config.apply()).toBe(false)
    expect(config.draft).toBeDefined()
    expect(useToasts().shown.at(-1)?.tone).toBe('problem')
  })
})

describe('two windows', () => {
  function conflicting() {
    const config = edited()
    host.applyElsewhere(
      addLocation(host.config().config, admin, { modifier: '=', pattern: '/health' }).config,
    )
    return config
  }

  test('the second sees both differences and loses nothing', async () => {
    const config = conflicting()
    expect(config.conflict).toBe(true)
    expect(config.theirChanges.map((change) => change.words)).toEqual(['location = /health added'])
    expect(config.changes.map((change) => change.words)).toEqual([
      'proxy_pass http://127.0.0.1:8081 → http://127.0.0.1:9000',
    ])
    expect(await config.apply()).toBe(false)
    expect(config.draft).toBeDefined()
  })

  test('their changes are brought in, then it applies', async () => {
    const config = conflicting()
    config.mergeTheirs()
    expect(config.conflict).toBe(false)
    expect(await config.apply()).toBe(true)
    const saved = host.config().config
    expect(resolvePath(saved, target)).toBe('http://127.0.0.1:9000')
    expect(resolvePath(saved, [...admin, 'locations', '= /health'])).toBeDefined()
  })

  test('or mine is applied as it is', async () => {
    const config = conflicting()
    config.keepMine()
    expect(await config.apply()).toBe(true)
    expect(resolvePath(host.config().config, [...admin, 'locations', '= /health'])).toBeUndefined()
  })

  test('without a draft, what another window applies is simply shown', () => {
    const config = useConfig()
    host.applyElsewhere(setAt(host.config().config, target, 'http://theirs'))
    expect(config.conflict).toBe(false)
    expect(resolvePath(config.config, target)).toBe('http://theirs')
  })
})
