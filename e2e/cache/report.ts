/** Figures and verdicts of the checks here, one a line, and the closing line that `npm test` counts. */

let passed = 0
let failed = 0

/** A figure that is held to nothing. */
export function figure(name: string, value: string): void {
  console.log(`     ${name}: ${value}`)
}

/** A sentence that has to hold; `seen` is what was found. */
export function check(holds: boolean, sentence: string, seen = ''): void {
  if (holds) passed++
  else failed++
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}${seen === '' ? '' : ` (${seen})`}`)
}

/** Says how it went; the exit code. */
export function close(): number {
  console.log(`${passed} passed, ${failed} failed, 0 skipped`)
  return failed > 0 ? 1 : 0
}
