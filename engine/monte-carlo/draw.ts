import type { RandomWords } from './kernels.ts'

const TWO_32 = 2 ** 32

/**
 * Draws `picks.length` days of [0, days) with replacement, each equally likely: the upper half of word × days, words
 * whose lower half falls under 2^32 mod days being passed over. One day takes no word.
 *
 * Source: engine.md 9.2 (numpy's bounded integers); Lemire, "Fast random integer generation in an interval" (2019).
 */
export function drawDays(words: RandomWords, picks: Int32Array, days: number): void {
  drawSome(words, picks, picks.length, days)
}

function drawSome(words: RandomWords, picks: Int32Array, count: number, days: number): void {
  if (days === 1) {
    picks.fill(0, 0, count)
    return
  }
  const threshold = TWO_32 % days
  const scale = days / TWO_32
  const { chunk } = words
  let next = words.next
  for (let i = 0; i < count; ) {
    if (next === chunk.length) {
      words.refill()
      next = 0
    }
    const word = chunk[next++]!
    if (Math.imul(word, days) >>> 0 < threshold) continue
    // Exact: a word times at most 2^21 days fits the 53 bits of a double.
    picks[i++] = word * scale
  }
  words.next = next
}

/**
 * Draws a permutation of [0, picks.length): from the last place down, each is swapped with a place not above it, found
 * by masking words until one fits.
 *
 * Source: engine.md 9.2 (numpy's shuffle).
 */
export function drawPermutation(words: RandomWords, picks: Int32Array): void {
  const { chunk } = words
  let next = words.next
  for (let i = 0; i < picks.length; i++) picks[i] = i
  for (let i = picks.length - 1; i > 0; i--) {
    const mask = 0xffffffff >>> Math.clz32(i)
    let j: number
    do {
      if (next === chunk.length) {
        words.refill()
        next = 0
      }
      j = chunk[next++]! & mask
    } while (j > i)
    const held = picks[i]!
    picks[i] = picks[j]!
    picks[j] = held
  }
  words.next = next
}

/**
 * Draws circular blocks of whole length: each starts on any day, runs over the end to the first day, and the last is
 * cut. Length 1 draws what `drawDays` draws.
 *
 * Source: engine.md 11.3.2; Politis and Romano (1992).
 */
export function drawCircular(words: RandomWords, picks: Int32Array, length: number): void {
  const days = picks.length
  const blocks = Math.ceil(days / length)
  drawSome(words, picks, blocks, days)
  // From the last block down, so that no start is overwritten before it is read.
  for (let b = blocks - 1; b >= 0; b--) {
    let day = picks[b]!
    const end = Math.min((b + 1) * length, days)
    for (let i = b * length; i < end; i++) {
      picks[i] = day
      day = day + 1 === days ? 0 : day + 1
    }
  }
}

/**
 * Draws blocks of random length, `length` on average: a start is drawn for every day, then a word for every day but
 * the first says whether the day goes to its start (with chance 1 / length) or to the day after the one before it.
 * Length 1 draws what `drawDays` draws.
 *
 * Source: engine.md 11.3.2; product.md 2.4 (index rule); Politis and Romano (1994).
 */
export function drawStationary(words: RandomWords, picks: Int32Array, length: number): void {
  drawDays(words, picks, picks.length)
  if (length <= 1) return
  const jumps = TWO_32 / length
  const days = picks.length
  const { chunk } = words
  let next = words.next
  let day = picks[0]!
  for (let i = 1; i < days; i++) {
    if (next === chunk.length) {
      words.refill()
      next = 0
    }
    const follows = day + 1 === days ? 0 : day + 1
    day = chunk[next++]! < jumps ? picks[i]! : follows
    picks[i] = day
  }
  words.next = next
}
