/** Longer words are compared no further: nobody mistypes a field of 64 letters, and the cost is quadratic. */
const LONGEST_WORD = 64
/** A word this far off (in edits, per letter) is another word. */
const EDITS_PER_LETTER = 0.34

/** The known word a mistyped one most likely stands for, if any is close: `lookback_days` -> `lookbackDays`. */
export function closest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined
  const plain = normalise(word)
  let best: string | undefined
  let bestEdits = Math.max(1, Math.floor(plain.length * EDITS_PER_LETTER)) + 1
  for (const candidate of known) {
    const edits = editDistance(plain, normalise(candidate))
    if (edits < bestEdits) {
      best = candidate
      bestEdits = edits
    }
  }
  return best
}

/** `closest` as a question; undefined when no word is close. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const best = closest(word, known)
  return best === undefined ? undefined : `did you mean "${best}"?`
}

const normalise = (word: string): string => word.replaceAll(/[_\-\s]/g, '').toLowerCase()

/** Edits (insert, delete, replace, swap of neighbours) from one word to another; O(n m). */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replace = last[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const swap = isSwap ? beforeLast[j - 2]! + 1 : replace
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, replace, swap))
    }
    beforeLast = last
    last = row
  }
  return last[to.length]!
}
