/** What a scenario found: figures, and checks that hold or do not. */
export class Report {
  passed = 0
  failed = 0

  /** A heading. */
  begin(title: string): void {
    console.log(`\n── ${title}`)
  }

  figure(name: string, value: string | number): void {
    console.log(`   ${name.padEnd(44)} ${value}`)
  }

  /** `found` is shown whether it holds or not. */
  check(name: string, holds: boolean, found: string | number = ''): void {
    if (holds) this.passed++
    else this.failed++
    console.log(`${holds ? ' ✓' : ' ✗'} ${name}${found === '' ? '' : `: ${found}`}`)
  }

  /** Equal to the letter. */
  equal(name: string, found: unknown, expected: unknown): void {
    const [left, right] = [JSON.stringify(found), JSON.stringify(expected)]
    this.check(name, left === right, left === right ? left : `${left}, expected ${right}`)
  }
}

export const mebibyte = 1024 * 1024

/** `12.3 MiB`. */
export function mib(bytes: number): string {
  return `${(bytes / mebibyte).toFixed(1)} MiB`
}

/** The value below which this share of the sorted ones lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
