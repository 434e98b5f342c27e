/** Finds what somebody means by a few letters: all of them in order, better at the beginnings of words. */

/** How well `text` fits; `undefined` when it does not. Larger is better. */
export function matchScore(text: string, wanted: string): number | undefined {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  let total = 0
  for (const word of words) {
    const score = wordScore(text.toLowerCase(), word)
    if (score === undefined) return undefined
    total += score
  }
  return total - text.length / 1000
}

function wordScore(text: string, word: string): number | undefined {
  const whole = text.indexOf(word)
  if (whole >= 0) return 20 + word.length + (isStart(text, whole) ? 10 : 0)
  let score = 0
  let at = -1
  for (const letter of word) {
    const next = text.indexOf(letter, at + 1)
    if (next < 0) return undefined
    score += next === at + 1 ? 2 : isStart(text, next) ? 2 : 0
    at = next
  }
  return score
}

function isStart(text: string, at: number): boolean {
  return at === 0 || /[\s/.:_-]/.test(text[at - 1] ?? '')
}

/** The fitting ones, best first, each less what it is handicapped by; without anything wanted, all as they are. */
export function bestMatches<T>(
  items: readonly T[],
  wanted: string,
  textOf: (item: T) => string,
  handicap: (item: T) => number = () => 0,
): T[] {
  if (wanted.trim() === '') return [...items]
  return items
    .flatMap((item) => {
      const score = matchScore(textOf(item), wanted)
      return score === undefined ? [] : [{ item, score: score - handicap(item) }]
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item)
}
