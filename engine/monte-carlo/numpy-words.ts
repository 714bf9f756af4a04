import { createWordKernels, type RandomWords } from './kernels.ts'

/** One sequence of random words that can be left and taken up again. */
export interface ResumableWords extends RandomWords {
  position(): WordsPosition
  goTo(position: WordsPosition): void
}

/** Where a sequence stands: the state before its chunk, and how much of the chunk is read. */
export interface WordsPosition {
  readonly state: Uint32Array
  readonly next: number
}

const TWO_32 = 2 ** 32
const POOL_WORDS = 4
const STATE_WORDS = 8
/** Multipliers and start values of numpy's seed mixing (engine.md 9.2). */
const HASH_START = 0x43b0d7e5
const HASH_STEP = 0x931e8875
const MIX_LEFT = 0xca01f9dd
const MIX_RIGHT = 0x4973f715
const OUTPUT_START = 0x8b51f9dd
const OUTPUT_STEP = 0x58f38ded

/**
 * The words of numpy's `default_rng(seed)`: PCG64 seeded through its entropy pool, each 64-bit number giving its low
 * half first. A request for 64 bits never occurs, so the halves simply follow one another across all draws.
 *
 * Source: engine.md 9.2; O'Neill, "PCG" (2014).
 */
export function numpyWords(seed: number, chunkWords: number): ResumableWords {
  const kernels = createWordKernels(chunkWords)
  const { chunk, state } = kernels
  const before = new Uint32Array(STATE_WORDS)
  seedState(state, seedWords(seed))
  kernels.pcg64(1)
  const words: ResumableWords = {
    chunk,
    next: chunk.length,
    refill: () => {
      before.set(state)
      kernels.pcg64(chunk.length / 2)
      words.next = 0
    },
    position: () => ({ state: before.slice(), next: words.next }),
    goTo: (position) => {
      state.set(position.state)
      words.refill()
      words.next = position.next
    },
  }
  words.refill()
  return words
}

/** State and increment before the first step, lowest word first: increment = 2 seq + 1, state = increment + start. */
function seedState(state: Uint32Array, [u0, u1, u2, u3, u4, u5, u6, u7]: readonly number[]): void {
  const start = [u2!, u3!, u0!, u1!]
  const sequence = [u6!, u7!, u4!, u5!]
  let carry = 0
  let shifted = 1
  for (let i = 0; i < 4; i++) {
    const increment = ((sequence[i]! << 1) | shifted) >>> 0
    shifted = sequence[i]! >>> 31
    const total = increment + start[i]! + carry
    state[4 + i] = increment
    state[i] = total % TWO_32
    carry = total >= TWO_32 ? 1 : 0
  }
}

/** The eight words that numpy's seed sequence makes of a whole number of at most 53 bits. */
export function seedWords(seed: number): number[] {
  const pool = entropyPool([seed % TWO_32, Math.floor(seed / TWO_32)])
  let factor = OUTPUT_START
  return Array.from({ length: STATE_WORDS }, (_, i) => {
    const mixed = pool[i % POOL_WORDS]! ^ factor
    factor = Math.imul(factor, OUTPUT_STEP)
    return fold(Math.imul(mixed, factor))
  })
}

function entropyPool(entropy: readonly number[]): number[] {
  let factor = HASH_START
  const hash = (word: number) => {
    const mixed = word ^ factor
    factor = Math.imul(factor, HASH_STEP)
    return fold(Math.imul(mixed, factor))
  }
  const pool = Array.from({ length: POOL_WORDS }, (_, i) => hash(entropy[i] ?? 0))
  for (let from = 0; from < POOL_WORDS; from++) {
    for (let to = 0; to < POOL_WORDS; to++) {
      if (from === to) continue
      pool[to] = fold(Math.imul(MIX_LEFT, pool[to]!) - Math.imul(MIX_RIGHT, hash(pool[from]!)))
    }
  }
  return pool
}

/** The word with its upper half folded into the lower one. */
function fold(word: number): number {
  return (word ^ (word >>> 16)) >>> 0
}
