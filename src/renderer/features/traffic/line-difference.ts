/** Two texts line by line, with what is different marked; the longest common lines stay. */

export interface DifferenceLine {
  readonly text: string
  readonly mark: 'same' | 'added' | 'removed'
}

// 2,000 × 2,000 lines are four million comparisons, some ten milliseconds; beyond that the middle is not compared.
const mostLines = 2000

export function lineDifference(before: readonly string[], after: readonly string[]): DifferenceLine[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++
  const marked = (lines: readonly string[], mark: DifferenceLine['mark']): DifferenceLine[] =>
    lines.map((text) => ({ text, mark }))
  return [
    ...marked(before.slice(0, start), 'same'),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...marked(before.slice(before.length - end), 'same'),
  ]
}

function middle(before: readonly string[], after: readonly string[]): DifferenceLine[] {
  const removed = (text: string): DifferenceLine => ({ text, mark: 'removed' })
  const added = (text: string): DifferenceLine => ({ text, mark: 'added' })
  if (before.length > mostLines || after.length > mostLines || before.length === 0 || after.length === 0)
    return [...before.map(removed), ...after.map(added)]
  // lengths[i][j]: common lines of what is left from i and j on.
  const width = after.length + 1
  const lengths = new Uint16Array((before.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: DifferenceLine[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const [one, other] = [before[i], after[j]]
    if (one !== undefined && one === other) {
      lines.push({ text: one, mark: 'same' })
      i++
      j++
    } else if (one !== undefined && (other === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(one))
      i++
    } else if (other !== undefined) {
      lines.push(added(other))
      j++
    }
  }
  return lines
}
