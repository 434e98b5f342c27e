// What the reports of the test programs say, as counts.

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} skips what was skipped, with the reason where one is given
 */

/**
 * @param {number} passed
 * @param {number} failed
 * @param {number} [skipped]
 * @param {string[]} [skips]
 * @returns {Counts}
 */
export const counts = (passed, failed, skipped = 0, skips = []) => ({ passed, failed, skipped, skips })

/** The one line a run ends with. @param {Counts} all */
export const closingLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`

/** @param {Counts[]} all */
export function sum(all) {
  return all.reduce(
    (total, one) =>
      counts(
        total.passed + one.passed,
        total.failed + one.failed,
        total.skipped + one.skipped,
        total.skips.concat(one.skips),
      ),
    counts(0, 0),
  )
}

/**
 * The last `N passed, N failed, N skipped` of a text.
 * @param {string} text
 */
export function fromText(text) {
  const lines = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)]
  const last = lines.at(-1)
  return last && counts(Number(last[1]), Number(last[2]), Number(last[3]))
}

/**
 * Vitest's JSON report. A file that could not be loaded has no tests, and is one failure.
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string, fullName: string }[] }[] }} report
 */
export function fromVitest(report) {
  const files = report.testResults
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed'),
  )
  const skips = files
    .flatMap((file) => file.assertionResults)
    .filter((one) => one.status !== 'passed' && one.status !== 'failed')
    .map((one) => one.fullName)
  return counts(
    report.numPassedTests,
    report.numFailedTests + broken.length,
    report.numPendingTests + report.numTodoTests,
    skips,
  )
}

/**
 * @typedef {object} Suite
 * @property {Suite[]} [suites]
 * @property {{ title: string, tests: { status: string, annotations: { type: string, description?: string }[] }[] }[]} [specs]
 */

/**
 * Playwright's JSON report. What passed only when it was tried again counts as failed, and so does an error outside all
 * tests.
 * @param {{ suites: Suite[], errors: unknown[],
 *   stats: { expected: number, unexpected: number, flaky: number, skipped: number } }} report
 */
export function fromPlaywright({ suites, errors, stats }) {
  const skips = suites
    .flatMap(specsOf)
    .filter((spec) => spec.tests.some((one) => one.status === 'skipped'))
    .map((spec) => {
      const reason = spec.tests
        .flatMap((one) => one.annotations)
        .find((one) => one.type === 'skip')?.description
      return reason === undefined ? spec.title : `${spec.title}: ${reason}`
    })
  return counts(stats.expected, stats.unexpected + stats.flaky + errors.length, stats.skipped, skips)
}

/**
 * @param {Suite} suite
 * @returns {NonNullable<Suite['specs']>}
 */
function specsOf(suite) {
  return [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specsOf)]
}
