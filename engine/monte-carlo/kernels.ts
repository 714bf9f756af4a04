import { PATHS_WASM } from './kernels-wasm.ts'

/**
 * A sequence of random 32-bit words, read a chunk at a time: take `chunk[next++]`, and call `refill` when `next` has
 * come to the end. The chunk's length is a matter of speed and never changes the sequence.
 */
export interface RandomWords {
  readonly chunk: Uint32Array
  next: number
  /** Puts the following words into the chunk and `next` to 0. */
  refill(): void
}

/** The kernels that make random words, over a memory of their own. */
export interface WordKernels {
  /** As many words as asked for, rounded up to whole calls of Philox. */
  readonly chunk: Uint32Array
  /** The state of PCG64, eight words from the lowest: state, then increment. */
  readonly state: Uint32Array
  /** Fills the chunk for the counters (c0 + 0, 1, …, c1, c2, c3). */
  philox(key: readonly [number, number], counter: readonly [number, number, number, number]): void
  /** Moves the state on by so many steps, two words each, written from the start of the chunk. */
  pcg64(steps: number): void
}

const PAGE_BYTES = 65536
const WORD_BYTES = 4
/** Words that one call of Philox gives. */
export const PHILOX_WORDS = 4
const STATE_WORDS = 8

let compiled: WebAssembly.Module | undefined

/** The functions of kernels.wat over a memory of at least so many bytes; addresses count bytes. */
export function createKernels(bytes: number) {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(PATHS_WASM.join('')), (letter) => letter.charCodeAt(0)))
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) })
  const { exports } = new WebAssembly.Instance(compiled, { engine: { memory } })
  const { philox, pcg64, measure, mean } = exports as Record<string, (...numbers: number[]) => number>
  return { buffer: memory.buffer, philox: philox!, pcg64: pcg64!, measure: measure!, mean: mean! }
}

/** The word kernels with a chunk of at least so many words. */
export function createWordKernels(words: number): WordKernels {
  const blocks = Math.ceil(words / PHILOX_WORDS)
  const length = blocks * PHILOX_WORDS
  const start = STATE_WORDS * WORD_BYTES
  const { buffer, philox, pcg64 } = createKernels(start + length * WORD_BYTES)
  return {
    chunk: new Uint32Array(buffer, start, length),
    state: new Uint32Array(buffer, 0, STATE_WORDS),
    philox: ([k0, k1], [c0, c1, c2, c3]) => philox(start, blocks, k0, k1, c0, c1, c2, c3),
    pcg64: (steps) => pcg64(start, steps, 0),
  }
}
