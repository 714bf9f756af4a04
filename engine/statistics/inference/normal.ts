const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)
/** From here on the continued fraction converges within some hundred terms, and the series loses digits. */
const TAIL_FROM = 1.5
/** Odd divisor of the last term of the series: 1.5^51 / (3 · 5 · … · 51) is below 1e-24. */
const SERIES_END = 51
/** Beyond this the upper tail is below the smallest double. */
const TAIL_END = 39
/** A step of Halley's method triples the digits; the first guess has three. */
const HALLEY_STEPS = 3

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / ROOT_TWO_PI
}

/**
 * Phi: the probability of a standard normal value at or below x. Relative error below 1e-13 for x > -8, so the lower
 * tail keeps its digits; NaN for NaN.
 *
 * Source: the power series of Marsaglia 2004 inside, Laplace's continued fraction of Mills' ratio in the tails.
 */
export function normalCdf(x: number): number {
  if (x <= -TAIL_FROM) return upperTail(-x)
  if (x >= TAIL_FROM) return 1 - upperTail(x)
  let term = x
  let total = x
  // A fixed number of terms: a sum that waits for its last digit to settle would wait forever for NaN.
  for (let k = 3; k <= SERIES_END; k += 2) {
    term *= (x * x) / k
    total += term
  }
  return 0.5 + total * normalDensity(x)
}

/** Probability of a value above x, x >= 1.5: density / (x + 1/(x + 2/(x + 3/(x + ...)))), from the inside out. */
function upperTail(x: number): number {
  if (x > TAIL_END) return 0
  let fraction = x
  for (let k = Math.ceil(40 + 250 / (x * x)); k >= 1; k--) fraction = x + k / fraction
  return normalDensity(x) / fraction
}

/**
 * Inverse of Phi, within 1e-13; -Infinity at 0, Infinity at 1, NaN outside [0, 1].
 *
 * Source: first guess Abramowitz & Stegun 26.2.23 (within 4.5e-4), refined by Halley's method.
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p)
  if (p === 0) return Number.NEGATIVE_INFINITY
  if (p === 0.5) return 0
  const t = Math.sqrt(-2 * Math.log(p))
  const above = 2.515517 + t * (0.802853 + t * 0.010328)
  let x = above / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
  for (let step = 0; step < HALLEY_STEPS; step++) {
    const density = normalDensity(x)
    // Where doubles end there is nothing left to refine with.
    if (density === 0) break
    const miss = (normalCdf(x) - p) / density
    x -= miss / (1 + (x * miss) / 2)
  }
  return x
}

/** Two-sided p of a statistic that is standard normal if there is no effect; NaN for NaN. */
export function twoSidedP(statistic: number): number {
  return 2 * normalCdf(-Math.abs(statistic))
}
