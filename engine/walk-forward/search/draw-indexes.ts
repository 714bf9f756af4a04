import { mersenneTwister, type RandomWords } from './mersenne-twister.ts'

/** Which of `total` things to try, so many times. */
export interface Draws {
  readonly total: number
  readonly count: number
  readonly seed: number
}

/**
 * Indexes below `total`: without repeats while there are enough, otherwise each drawn from all (engine.md 8.5).
 * `counter`: draw i depends on the seed and i alone. `python-mt19937`: the indexes of CPython's `random.sample` and
 * `random.choices`, for parity with the reference.
 */
export function drawIndexes(draws: Draws, generator: 'counter' | 'python-mt19937'): number[] {
  return generator === 'counter' ? byCounter(draws) : asPython(draws)
}

function asPython({ total, count, seed }: Draws): number[] {
  const next = mersenneTwister(seed)
  if (count > total) return Array.from({ length: count }, () => Math.floor(unit(next) * total))
  return total <= poolLimit(count) ? fromPool(total, count, next) : byRejection(total, count, next)
}

/** A double in [0, 1) of 53 bits, from two outputs. */
function unit(next: RandomWords): number {
  const a = next() >>> 5
  const b = next() >>> 6
  return (a * 2 ** 26 + b) / 2 ** 53
}

/** CPython keeps a pool of all while that is smaller than a set of the drawn. */
function poolLimit(count: number): number {
  return 21 + (count > 5 ? 4 ** Math.ceil(Math.log(3 * count) / Math.log(4)) : 0)
}

function fromPool(total: number, count: number, next: RandomWords): number[] {
  const pool = Array.from({ length: total }, (_, i) => i)
  return Array.from({ length: count }, (_, i) => {
    const j = below(total - i, next)
    const drawn = pool[j]!
    pool[j] = pool[total - i - 1]!
    return drawn
  })
}

function byRejection(total: number, count: number, next: RandomWords): number[] {
  const drawn = new Set<number>()
  while (drawn.size < count) drawn.add(below(total, next))
  return [...drawn]
}

/** A whole number below m: the leading bits of an output, drawn again while too large. */
function below(m: number, next: RandomWords): number {
  const shift = Math.clz32(m)
  for (;;) {
    const drawn = next() >>> shift
    if (drawn < m) return drawn
  }
}

/** Odd number nearest 2^64 over the golden ratio: the increment of splitmix64 (Steele, Lea and Flood 2014). */
const GOLDEN = 0x9e3779b97f4a7c15n
const MASK = (1n << 64n) - 1n

/** The i-th 64-bit number of a seed. */
function splitmix(seed: number, i: number): bigint {
  let z = (BigInt(seed) + GOLDEN * BigInt(i + 1)) & MASK
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK
  return z ^ (z >> 31n)
}

/** Draw i swaps one of the things not drawn yet to place i; a map holds only what moved. */
function byCounter({ total, count, seed }: Draws): number[] {
  // A product's high half instead of a remainder: its bias, below total / 2^64, is out of sight.
  const drawBelow = (m: number, i: number) => Number((splitmix(seed, i) * BigInt(m)) >> 64n)
  if (count > total) return Array.from({ length: count }, (_, i) => drawBelow(total, i))
  const moved = new Map<number, number>()
  return Array.from({ length: count }, (_, i) => {
    const j = i + drawBelow(total - i, i)
    const drawn = moved.get(j) ?? j
    moved.set(j, moved.get(i) ?? i)
    return drawn
  })
}
