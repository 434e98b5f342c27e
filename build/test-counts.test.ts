// How the reports of the test programs are counted: a failure is never lost, a skip never silent.
import { expect, test } from 'vitest'
import { closingLine, counts, fromPlaywright, fromText, fromVitest, sum } from './test-counts.mjs'

test('a run ends in one line with the sum of all', () => {
  expect(closingLine(sum([counts(3, 1), counts(10, 0, 2, ['a', 'b'])]))).toBe(
    '13 passed, 1 failed, 2 skipped',
  )
})

test('of several closing lines in a text the last one counts, and a text without one has no counts', () => {
  expect(fromText('2 passed, 0 failed, 0 skipped\nagain\n5 passed, 1 failed, 2 skipped\n')).toEqual(
    counts(5, 1, 2),
  )
  expect(fromText('it says 5 passed, 1 failed, 2 skipped somewhere')).toBeUndefined()
})

test('a test file that could not be loaded is a failure', () => {
  const report = {
    numPassedTests: 1,
    numFailedTests: 1,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'failed', fullName: 'wheel turns' }] },
      {
        status: 'passed',
        assertionResults: [
          { status: 'passed', fullName: 'gate opens' },
          { status: 'skipped', fullName: 'gate closes' },
        ],
      },
    ],
  }
  expect(fromVitest(report)).toEqual(counts(1, 2, 1, ['gate closes']))
})

test('in a browser, flaky is failed, an error outside tests is a failure, and a skip says why', () => {
  const spec = (title: string, status: string, description?: string): object => ({
    title,
    tests: [{ status, annotations: description === undefined ? [] : [{ type: 'skip', description }] }],
  })
  const suites = [
    {
      specs: [],
      suites: [{ specs: [spec('opens', 'skipped', 'no Electron binary'), spec('shuts', 'expected')] }],
    },
  ] as Parameters<typeof fromPlaywright>[0]['suites']
  const stats = { expected: 1, unexpected: 2, flaky: 1, skipped: 1 }
  expect(fromPlaywright({ suites, errors: [{}], stats })).toEqual(
    counts(1, 4, 1, ['opens: no Electron binary']),
  )
})
