/**
 * Random numbers by position: draw k of a stream depends on the seed, the stream and k alone, so that any cell of a
 * table can be made without the ones before it. splitmix64 (Steele, Lea, Flood 2014) on two 32-bit halves, since
 * BigInt is 40 times slower. Only integers and exact IEEE operations: the same bits on every machine.
 */
export interface Stream {
  /** Draw k, uniform in [0, 1), a multiple of 2^-53. */
  uniform(k: number): number
  /** Draw k, mean 0, variance 1, within 4.9: eight 16-bit pieces added up (Irwin-Hall). */
  normal(k: number): number
}

/** A 64-bit word as two unsigned halves. */
interface Word {
  hi: number
  lo: number
}

const GOLDEN: Word = { hi: 0x9e3779b9, lo: 0x7f4a7c15 }
const FIRST_FACTOR: Word = { hi: 0xbf58476d, lo: 0x1ce4e5b9 }
const SECOND_FACTOR: Word = { hi: 0x94d049bb, lo: 0x133111eb }
const TWO_32 = 2 ** 32
/** Mean and standard deviation of the sum of eight uniform 16-bit integers. */
const PIECES_MEAN = (8 * 65_535) / 2
const PIECES_SD = Math.sqrt((8 * (65_536 * 65_536 - 1)) / 12)

/** Stream number `stream` of a seed (whole numbers from 0 to 2^53 - 1). */
export function createStream(seed: number, stream: number): Stream {
  const base: Word = { hi: Math.floor(seed / TWO_32), lo: seed >>> 0 }
  draw(base, stream, base)
  const word: Word = { hi: 0, lo: 0 }
  return {
    uniform(k) {
      draw(base, k, word)
      return (word.hi * 2 ** 21 + (word.lo >>> 11)) * 2 ** -53
    },
    normal(k) {
      draw(base, 2 * k, word)
      const first = pieces(word)
      draw(base, 2 * k + 1, word)
      return (first + pieces(word) - PIECES_MEAN) / PIECES_SD
    },
  }
}

/** Output k of splitmix64 with the state `base`, into `out`. */
function draw(base: Readonly<Word>, k: number, out: Word): void {
  const { hi, lo } = base
  out.hi = Math.floor((k + 1) / TWO_32)
  out.lo = (k + 1) >>> 0
  multiply(out, GOLDEN)
  const sum = out.lo + lo
  out.hi = (out.hi + hi + (sum >= TWO_32 ? 1 : 0)) >>> 0
  out.lo = sum >>> 0
  foldRight(out, 30)
  multiply(out, FIRST_FACTOR)
  foldRight(out, 27)
  multiply(out, SECOND_FACTOR)
  foldRight(out, 31)
}

/** word ^= word >> bits, for 0 < bits < 32. */
function foldRight(word: Word, bits: number): void {
  const { hi, lo } = word
  word.lo = (lo ^ ((lo >>> bits) | (hi << (32 - bits)))) >>> 0
  word.hi = (hi ^ (hi >>> bits)) >>> 0
}

/** word *= factor, modulo 2^64. */
function multiply(word: Word, factor: Readonly<Word>): void {
  const a0 = word.lo & 0xffff
  const a1 = word.lo >>> 16
  const b0 = factor.lo & 0xffff
  const b1 = factor.lo >>> 16
  const middle = a0 * b1 + Math.floor((a0 * b0) / 65_536)
  const upper = a1 * b0 + (middle % 65_536)
  const carry = a1 * b1 + Math.floor(middle / 65_536) + Math.floor(upper / 65_536)
  const hi = carry + (Math.imul(word.hi, factor.lo) >>> 0) + (Math.imul(word.lo, factor.hi) >>> 0)
  word.lo = Math.imul(word.lo, factor.lo) >>> 0
  // Three terms below 2^32: the sum is exact, and >>> keeps its low half.
  word.hi = hi >>> 0
}

function pieces(word: Readonly<Word>): number {
  return (word.lo & 0xffff) + (word.lo >>> 16) + (word.hi & 0xffff) + (word.hi >>> 16)
}
