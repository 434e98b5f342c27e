/** What a scenario found: figures, and checks that hold or do not. */
export class Report {
  passed = 0
  failed = 0
  skipped = 0
  readonly #atOnce: boolean
  #lines: string[] = []

  /** `atOnce`: each line is printed when it is known, not with `tell`. */
  constructor(atOnce: boolean) {
    this.#atOnce = atOnce
  }

  #say(line: string): void {
    if (this.#atOnce) console.log(line)
    else this.#lines.push(line)
  }

  /** Prints what was not yet. */
  tell(): void {
    for (const line of this.#lines.splice(0)) console.log(line)
  }

  /** A heading. */
  begin(title: string): void {
    this.#say(`\n── ${title}`)
  }

  figure(name: string, value: string | number): void {
    this.#say(`   ${name.padEnd(44)} ${value}`)
  }

  /** `found` is shown whether it holds or not. */
  check(name: string, holds: boolean, found: string | number = ''): void {
    if (holds) this.passed++
    else this.failed++
    this.#say(`${holds ? ' ✓' : ' ✗'} ${name}${found === '' ? '' : `: ${found}`}`)
  }

  skip(reason: string): void {
    this.skipped++
    this.#say(` - skipped: ${reason}`)
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
