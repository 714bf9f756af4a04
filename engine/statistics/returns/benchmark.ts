import { invariant } from '../../../core/invariant.ts'
import { mean, sampleSd } from '../../stats.ts'
import { longRunCovariance } from '../inference/hac.ts'
import { annualGrowth, annualVolatility, DAILY } from './growth.ts'

/** Ordinary least squares of returns on a benchmark's, r = alpha + beta b + e. NaN where the benchmark is constant. */
export interface BenchmarkFit {
  readonly alpha: number
  readonly beta: number
  readonly r2: number
  /** alpha times the periods a year, and compounded over them: two numbers that products call by one name. */
  readonly alphaArithmetic: number
  readonly alphaGeometric: number
  /** Plain t with n - 2 degrees of freedom. */
  readonly tAlpha: number
  readonly tBeta: number
  /** t that allows for autocorrelation and unequal variance. */
  readonly tAlphaHac: number
  readonly tBetaHac: number
}

/**
 * Fits returns to those of a benchmark, row by row of the same dates; both in excess of the risk-free rate where there
 * is one. HAC: Bartlett weights up to `lag`, no small-sample factor.
 *
 * Source: product.md 2.2; Newey & West 1987.
 */
export function fitBenchmark(
  returns: Float64Array,
  benchmark: Float64Array,
  lag: number,
  perYear = DAILY,
): BenchmarkFit {
  requirePairs(returns, benchmark)
  const n = returns.length
  const [meanR, meanB] = [mean(returns) ?? Number.NaN, mean(benchmark) ?? Number.NaN]
  const centred = benchmark.map((b) => b - meanB)
  let [bb, rb, rr] = [0, 0, 0]
  for (let t = 0; t < n; t++) {
    const [r, b] = [returns[t]! - meanR, centred[t]!]
    bb += b * b
    rb += r * b
    rr += r * r
  }
  const beta = rb / bb
  const alpha = meanR - beta * meanB
  const errors = returns.map((r, t) => r - alpha - beta * benchmark[t]!)
  let squares = 0
  for (let t = 0; t < n; t++) squares += errors[t]! ** 2
  const variance = squares / (n - 2)
  // In terms of the centred benchmark, alpha is the intercept less beta times the mean, and X'X is diagonal.
  const scores = [errors, errors.map((e, t) => e * centred[t]!)]
  const long = longRunCovariance(scores, Math.min(lag, n - 1))
  const varBeta = (n * long[3]!) / (bb * bb)
  const varAlpha = long[0]! / n - (2 * meanB * long[1]!) / bb + meanB * meanB * varBeta
  return {
    alpha,
    beta,
    r2: 1 - squares / rr,
    alphaArithmetic: alpha * perYear,
    alphaGeometric: (1 + alpha) ** perYear - 1,
    tAlpha: alpha / Math.sqrt(variance * (1 / n + (meanB * meanB) / bb)),
    tBeta: beta / Math.sqrt(variance / bb),
    tAlphaHac: alpha / Math.sqrt(varAlpha),
    tBetaHac: beta / Math.sqrt(varBeta),
  }
}

/** Volatility a year of the difference to the benchmark; NaN below two returns. */
export function trackingError(returns: Float64Array, benchmark: Float64Array, perYear = DAILY): number {
  return annualVolatility(differenceOf(returns, benchmark), perYear)
}

/** Mean difference to the benchmark over its standard deviation, annualised; NaN below two returns. */
export function informationRatio(returns: Float64Array, benchmark: Float64Array, perYear = DAILY): number {
  const active = differenceOf(returns, benchmark)
  const sd = sampleSd(active)
  return sd === null ? Number.NaN : (mean(active)! / sd) * Math.sqrt(perYear)
}

/** Growth a year over the benchmark's on the days it rose, and on those it fell; NaN without such a day. */
export function captureRatios(
  returns: Float64Array,
  benchmark: Float64Array,
  perYear = DAILY,
): { readonly up: number; readonly down: number } {
  requirePairs(returns, benchmark)
  const ratio = (holds: (b: number) => boolean) => {
    const own = returns.filter((_, t) => holds(benchmark[t]!))
    return annualGrowth(own, perYear) / annualGrowth(benchmark.filter(holds), perYear)
  }
  return { up: ratio((b) => b > 0), down: ratio((b) => b < 0) }
}

function differenceOf(returns: Float64Array, benchmark: Float64Array): Float64Array {
  requirePairs(returns, benchmark)
  return returns.map((r, t) => r - benchmark[t]!)
}

function requirePairs(returns: Float64Array, benchmark: Float64Array): void {
  invariant(returns.length === benchmark.length, 'returns and benchmark are of the same dates')
}
