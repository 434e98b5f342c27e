import { expect, test } from 'vitest'
import { readStep, stepText } from './rewrite-text.ts'

test.each([
  'return 301 https://$host$request_uri',
  'rewrite ^/old/(.*)$ /new/$1 permanent',
  'set $api v2',
  'break',
  'if ($request_method = POST) {\n    return 405;\n}',
])('%s reads and is written', (text) => {
  const read = readStep(text)
  if ('problem' in read) throw new Error(read.problem)
  expect(stepText(read.step)).toBe(text)
})

test('what is no step is refused', () => {
  expect(readStep('proxy_pass http://x')).toHaveProperty('problem')
  expect(readStep('return')).toHaveProperty('problem')
})
