import { createWordKernels, PHILOX_WORDS, type RandomWords } from './kernels.ts'

/** Random words of which every path has its own endless sequence. */
export interface PathWords extends RandomWords {
  /** Goes to the first word of a path. */
  open(path: number): void
}

const TWO_32 = 2 ** 32

/**
 * The default generator: Philox4x32-10 as a function of (seed, path, position) alone, so that no path depends on who
 * drew the others. Key: the low and high 32 bits of the seed. Counter: (position / 4, path, 0, 0).
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
 */
export function counterWords(seed: number, chunkWords: number): PathWords {
  const kernels = createWordKernels(chunkWords)
  const key = [(seed % TWO_32) >>> 0, Math.floor(seed / TWO_32)] as const
  const blocks = kernels.chunk.length / PHILOX_WORDS
  let path = 0
  let block = 0
  const words: PathWords = {
    chunk: kernels.chunk,
    next: 0,
    refill: () => {
      kernels.philox(key, [block, path, 0, 0])
      block += blocks
      words.next = 0
    },
    open: (at) => {
      path = at
      block = 0
      words.refill()
    },
  }
  return words
}
