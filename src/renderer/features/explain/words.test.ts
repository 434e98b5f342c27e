import { expect, test } from 'vitest'
import type { ExplainOutcome, ExplainStep } from '../../../status/explanation.ts'
import { plain } from './pieces.ts'
import { outcomeSentence, stepSentence } from './words.ts'

const place = { route: 'r', label: '/api/' }

test.each<[ExplainStep, string]>([
  [
    {
      step: 'rewrite',
      place,
      directive: 'rewrite ^/a /b last',
      outcome: 'changed',
      before: '/a',
      after: '/b',
    },
    'rewrite ^/a /b last makes /b of /a',
  ],
  [
    { step: 'access', address: '10.0.0.1', rule: 'deny all', allowed: false },
    'deny all decides for 10.0.0.1: refused with 403',
  ],
  [
    {
      step: 'limit',
      kind: 'requests',
      zone: 'one',
      key: '127.0.0.1',
      load: 2.0004,
      most: 1,
      verdict: 'refused',
      waitMs: 0,
      dryRun: true,
    },
    'one counts 127.0.0.1: 2 over its rate, 1 are let in; it is refused (a dry run: it is only told)',
  ],
])('%#: a step is a sentence', (step, sentence) => expect(plain(stepSentence(step))).toBe(sentence))

test.each<[ExplainOutcome, string]>([
  [{ kind: 'nothing-listens', port: 81, listens: ['*:80'] }, 'Nothing listens on port 81. Listens are *:80.'],
  [{ kind: 'answered', place, status: 404, head: '' }, '/api/ answers 404 itself; no upstream is asked.'],
])('%#: an end is a sentence', (outcome, sentence) => expect(plain(outcomeSentence(outcome))).toBe(sentence))
