import { DAYS_PER_YEAR } from '../metrics/risk.ts'
import { isZeroSpread, maxAbs, mean } from '../stats.ts'
import { createKernels } from './kernels.ts'

/** What is measured on every path, in the order of columns everywhere. */
export const PATH_METRICS = ['sharpe', 'max_drawdown', 'mean_ic', 'hit_rate'] as const
export type PathMetric = (typeof PATH_METRICS)[number]

/** Returns and ICs of which paths pick days, on the memory of the kernels. */
export interface PathPool {
  readonly returns: Float64Array
  readonly ics: Float64Array
  /** The days of the path to be measured: positions of returns and of ICs. */
  readonly picks: Int32Array
  /** Mean of the finite returns: deviations from it lose no digits. */
  readonly centre: number
  readonly largest: number
  readonly sumsOver: () => Float64Array
  readonly meanIc: () => number
}

/** What one path's returns say; written over by the next path. */
export interface ReturnFigures {
  /** Annualised; the sign's infinity where the spread is zero, NaN below two days or for 0 / 0. */
  sharpe: number
  /** The Sharpe ratio of the same path of returns less their mean over the whole pool. */
  nullSharpe: number
  /** At most 0 (engine.md T20): the share of its peak that the path lost at its deepest. */
  maxDrawdown: number
  /** Share of days at or above zero: not the hit rate of a Backtest (engine.md T21). */
  hitRate: number
}

/** Of the sum of squared deviations, what the spread may be before cancelling digits matter. */
const CANCELLED = 1e-3
/** Sums that the kernel leaves: deviations, squares, hits, wealth, peak, deepest fall. */
const SUMS = 6
const DOUBLE_BYTES = 8
const PICK_BYTES = 4
const ANNUAL = Math.sqrt(DAYS_PER_YEAR)

/** The pool of returns, none of them NaN, and ICs; a path has as many days as the longer of the two. */
export function poolOf(returns: Float64Array, ics: Float64Array): PathPool {
  const days = Math.max(returns.length, ics.length)
  const icsAt = (SUMS + returns.length) * DOUBLE_BYTES
  const picksAt = icsAt + ics.length * DOUBLE_BYTES
  const { buffer, measure, mean: meanOver } = createKernels(picksAt + days * PICK_BYTES)
  const sums = new Float64Array(buffer, 0, SUMS)
  const held = new Float64Array(buffer, SUMS * DOUBLE_BYTES, returns.length)
  const heldIcs = new Float64Array(buffer, icsAt, ics.length)
  held.set(returns)
  heldIcs.set(ics)
  const centre = finiteMean(returns)
  return {
    returns: held,
    ics: heldIcs,
    picks: new Int32Array(buffer, picksAt, days),
    centre,
    largest: maxAbs(returns),
    sumsOver: () => {
      measure(picksAt, days, SUMS * DOUBLE_BYTES, centre, 0)
      return sums
    },
    meanIc: () => plainNaN(meanOver(picksAt, days, icsAt)),
  }
}

function finiteMean(returns: Float64Array): number {
  const finite = returns.filter(Number.isFinite)
  return mean(finite) ?? 0
}

/**
 * Measures the path of the pool's picks, in one pass. A spread of rounding counts as zero (engine.md T1).
 *
 * Source: engine.md 9.3; the null of 11.3.3.
 */
export function measureReturns(pool: PathPool, into: ReturnFigures): void {
  const sums = pool.sumsOver()
  const [sum, squares, hits] = [sums[0]!, sums[1]!, sums[2]!]
  const [wealth, peak, deepest] = [sums[3]!, sums[4]!, sums[5]!]
  const n = pool.picks.length
  const sd = spread(pool, { sum, squares })
  into.sharpe = plainNaN((ANNUAL * (pool.centre + sum / n)) / sd)
  into.nullSharpe = plainNaN((ANNUAL * (sum / n)) / sd)
  // An infinite peak leaves no share of it to lose.
  into.maxDrawdown = peak === Number.POSITIVE_INFINITY || Number.isNaN(wealth) ? Number.NaN : deepest
  into.hitRate = hits / n
}

/** Standard deviation with divisor n - 1 from sums of deviations, in two passes where those cancel. */
function spread(pool: PathPool, { sum, squares }: { sum: number; squares: number }): number {
  const { returns, picks } = pool
  const n = picks.length
  let total = squares - (sum * sum) / n
  if (total < CANCELLED * squares) {
    const centre = pool.centre + sum / n
    total = 0
    for (let i = 0; i < n; i++) {
      const deviation = returns[picks[i]!]! - centre
      total += deviation * deviation
    }
  }
  const sd = Math.sqrt(total / (n - 1))
  return isZeroSpread(sd, pool.largest) ? 0 : sd
}

/** One bit pattern for NaN: processors differ in the sign of 0 / 0, and a result is compared byte by byte. */
function plainNaN(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value
}
