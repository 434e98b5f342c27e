import { expect, test } from 'vitest'
import { likelyMain } from './chosen.ts'

test.each([
  [
    [
      ['mime.types', ''],
      ['nginx.conf', ''],
    ],
    'nginx.conf',
  ],
  [
    [
      ['a.conf', 'server {}'],
      ['b.conf', 'events {}\nhttp {\n}'],
    ],
    'b.conf',
  ],
  [
    [
      ['site.conf', 'server {}'],
      ['other.conf', 'server {}'],
    ],
    'site.conf',
  ],
  [[], ''],
])('of %j the main file is %s', (files, main) => {
  expect(likelyMain(files.map(([name = '', text = '']) => ({ name, text })))).toBe(main)
})
