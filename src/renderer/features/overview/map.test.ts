import { describe, expect, test } from 'vitest'
import type { Config } from '../../../config/model.ts'
import { configOf, demoConfig } from '../../testing/demo-config.ts'
import { boxHeight, channelMiddle, channelWidth, layoutMap } from './map-layout.ts'
import { buildMap, pathThrough, type MapModel } from './map-model.ts'
import { shortReason } from './short-reason.ts'

const all = () => true
const whole = (config: Config): MapModel => buildMap(config, new Set(), all)
const names = (model: MapModel, kind: string): string[] =>
  model.nodes.filter((node) => node.kind === kind).map((node) => node.title)

const small = configOf(`
http {
  upstream api { server a:1; server b:1; }
  server { listen 443 ssl; server_name one; location / { proxy_pass http://api; } location /x { return 204; } }
  server { listen 443 ssl; listen 80; server_name two; location /y { proxy_pass http://c:9; } }
}`)

describe('the graph', () => {
  test('goes from listeners to peers, each once', () => {
    const model = whole(small)
    expect(names(model, 'listener')).toEqual(['443', '80'])
    expect(names(model, 'server')).toEqual(['one', 'two'])
    expect(names(model, 'location')).toEqual(['/', '/x', '/y'])
    expect(names(model, 'upstream')).toEqual(['api'])
    expect(names(model, 'peer')).toEqual(['a:1', 'b:1', 'c:9'])
    expect(model.edges).toHaveLength(3 + 3 + 2 + 2)
  })

  test('a route that answers itself says so and leads nowhere', () => {
    const model = whole(small)
    const answer = model.nodes.find((node) => node.title === '/x')
    expect(answer?.detail).toBe('return 204')
    expect(model.edges.some((edge) => edge.from === answer?.id)).toBe(false)
  })

  test('a folded server is one box that still leads to its upstreams', () => {
    const key = 'http\u001fservers\u001f443 one'
    const model = buildMap(small, new Set([key]), all)
    expect(names(model, 'more')).toEqual(['2 locations'])
    expect(names(model, 'location')).toEqual(['/y'])
    expect(model.edges.some((edge) => edge.from === `more ${key}` && edge.to === 'upstream api')).toBe(true)
  })

  test('the path through a location is what leads to it and what it leads to', () => {
    const model = whole(small)
    const y = model.nodes.find((node) => node.title === '/y')
    const lit = pathThrough(model, y?.id ?? '')
    expect(model.nodes.filter((node) => lit.nodes.has(node.id)).map((node) => node.title)).toEqual([
      '443',
      'two',
      '80',
      '/y',
      'c:9',
    ])
  })
})

describe('the layout', () => {
  test.each([
    ['small', small],
    ['demo', demoConfig],
  ])('boxes of the %s map do not overlap', (_name, config) => {
    const { boxes } = layoutMap(whole(config), 1000)
    const list = [...boxes.values()]
    for (const a of list)
      for (const b of list)
        if (a !== b && a.x === b.x) expect(Math.abs(a.y - b.y)).toBeGreaterThanOrEqual(boxHeight)
  })

  test('everything is within the map', () => {
    const { boxes, width, height } = layoutMap(whole(demoConfig), 1040)
    for (const { x, y, width: wide } of boxes.values()) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x + wide).toBeLessThanOrEqual(width)
      expect(y - boxHeight / 2).toBeGreaterThanOrEqual(0)
      expect(y + boxHeight / 2).toBeLessThanOrEqual(height)
    }
  })

  test('nothing is a map without water', () => {
    const { width, height } = layoutMap(whole({}), 1000)
    expect(Math.min(width, height)).toBeGreaterThan(0)
  })

  test('300 routes are laid out in a blink', () => {
    const locations = Array.from(
      { length: 300 },
      (_n, i) => `location /r${i}/ { proxy_pass http://h${i % 40}:80; }`,
    )
    const model = whole(configOf(`http { server { ${locations.join(' ')} } }`))
    const begin = performance.now()
    layoutMap(model, 1200)
    expect(performance.now() - begin).toBeLessThan(100)
  })
})

test('a hundred times the water is ten times as wide', () => {
  const wider = (rate: number): number => channelWidth(rate) - 1.5
  expect(wider(64) / wider(0.64)).toBeCloseTo(10)
  expect(channelWidth(0)).toBe(1)
})

test('what is to be said of a channel stands in its middle', () => {
  const { boxes } = layoutMap(whole(small), 1000)
  const [from, to] = ['443', 'one'].map((title) =>
    [...boxes.values()].find(({ node }) => node.title === title),
  )
  if (!from || !to) throw new Error('both boxes are there')
  const { x, y } = channelMiddle(from, to)
  expect(x).toBeGreaterThan(from.x + from.width)
  expect(x).toBeLessThan(to.x)
  expect(y).toBe((from.y + to.y) / 2)
})

test.each([
  ['connect() failed (111: Connection refused) while connecting to upstream', 'refused'],
  ['upstream timed out (110: Connection timed out)', 'timed out'],
  ['GET /health answered 503, expected 200', '503'],
  ['something nobody foresaw', 'failed'],
])('%s is %s', (failure, word) => {
  expect(shortReason(failure)).toBe(word)
})
