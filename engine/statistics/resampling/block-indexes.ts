/** Uniform numbers in [0, 1), one a call. */
export type Uniform = () => number

/**
 * Fills one path of the stationary bootstrap of n dates: every step takes two uniforms (a, b) and, on the first step
 * or when a < p, starts a block at floor(b n); otherwise it goes on to the next date, the first following the last.
 * Blocks have mean length 1/p; p = 1 draws single dates.
 *
 * Source: Politis & Romano 1994.
 */
export function fillStationary(into: Int32Array, n: number, p: number, uniform: Uniform): void {
  let at = 0
  for (let i = 0; i < into.length; i++) {
    const a = uniform()
    const b = uniform()
    at = i === 0 || a < p ? Math.floor(b * n) : (at + 1) % n
    into[i] = at
  }
}

/**
 * Fills one path of the circular block bootstrap of n dates: blocks of `length` dates from uniform starts, the first
 * date following the last, the last block cut where the path ends. One uniform a block.
 *
 * Source: Politis & Romano 1992.
 */
export function fillCircular(into: Int32Array, n: number, length: number, uniform: Uniform): void {
  for (let i = 0; i < into.length; ) {
    const start = Math.floor(uniform() * n)
    for (let k = 0; k < length && i < into.length; k++) into[i++] = (start + k) % n
  }
}
