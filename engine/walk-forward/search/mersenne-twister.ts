/** MT19937 of Matsumoto and Nishimura (1998). */
const WORDS = 624
const SHIFT = 397
const UPPER = 0x80000000
const LOWER = 0x7fffffff
const MATRIX = 0x9908b0df

/** Gives the next 32-bit output, a whole number from 0 to 2^32 - 1. */
export type RandomWords = () => number

/** The generator keyed by the 32-bit words of a whole seed from 0 to 2^53 - 1, least significant first. */
export function mersenneTwister(seed: number): RandomWords {
  const state = keyed(seed < 2 ** 32 ? [seed] : [seed >>> 0, Math.floor(seed / 2 ** 32)])
  let at = WORDS
  return () => {
    if (at === WORDS) {
      twist(state)
      at = 0
    }
    let y = state[at++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }
}

function keyed(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(WORDS)
  state[0] = 19650218
  for (let i = 1; i < WORDS; i++) state[i] = Math.imul(1812433253, mixed(state[i - 1]!)) + i
  let i = 1
  const step = () => {
    if (++i < WORDS) return
    state[0] = state[WORDS - 1]!
    i = 1
  }
  for (let k = 0, j = 0; k < Math.max(WORDS, key.length); k++) {
    state[i] = (state[i]! ^ Math.imul(mixed(state[i - 1]!), 1664525)) + key[j]! + j
    step()
    j = (j + 1) % key.length
  }
  for (let k = 0; k < WORDS - 1; k++) {
    state[i] = (state[i]! ^ Math.imul(mixed(state[i - 1]!), 1566083941)) - i
    step()
  }
  state[0] = UPPER
  return state
}

function mixed(word: number): number {
  return word ^ (word >>> 30)
}

function twist(state: Uint32Array): void {
  for (let k = 0; k < WORDS; k++) {
    const y = (state[k]! & UPPER) | (state[(k + 1) % WORDS]! & LOWER)
    state[k] = state[(k + SHIFT) % WORDS]! ^ (y >>> 1) ^ (y & 1 ? MATRIX : 0)
  }
}
