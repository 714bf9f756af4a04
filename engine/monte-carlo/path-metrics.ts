import { DAYS_PER_YEAR } from '../metrics/risk.ts'
import { isZeroSpread, maxAbs } from '../stats.ts'

/** What is measured on every path, in the order of columns everywhere. */
export const PATH_METRICS = ['sharpe', 'max_drawdown', 'mean_ic', 'hit_rate'] as const
export type PathMetric = (typeof PATH_METRICS)[number]

/** Returns that are resampled, and what all paths of them share. */
export interface ReturnPool {
  readonly returns: Float64Array
  /** 1 where the return is at or above zero: a sum that no branch has to guess. */
  readonly hits: Uint8Array
  /** Mean of the finite returns: deviations from it lose no digits. */
  readonly centre: number
  readonly largest: number
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
const ANNUAL = Math.sqrt(DAYS_PER_YEAR)

/** The pool of some returns, none of them NaN. */
export function poolOf(returns: Float64Array): ReturnPool {
  let total = 0
  let finite = 0
  for (const r of returns) {
    if (!Number.isFinite(r)) continue
    total += r
    finite++
  }
  const hits = Uint8Array.from(returns, (r) => (r >= 0 ? 1 : 0))
  return { returns, hits, centre: finite === 0 ? 0 : total / finite, largest: maxAbs(returns) }
}

/**
 * Measures the path that takes the pool's returns in the order of `picks`, in one pass. A spread of rounding counts as
 * zero (engine.md T1).
 *
 * Source: engine.md 9.3; the null of 11.3.3.
 */
export function measureReturns(pool: ReturnPool, picks: Int32Array, into: ReturnFigures): void {
  const { returns, hits, centre } = pool
  let sum = 0
  let squares = 0
  let hitDays = 0
  let wealth = 1
  let peak = 1
  let floor = 1
  let deepest = 0
  for (let i = 0; i < picks.length; i++) {
    const day = picks[i]!
    const r = returns[day]!
    const deviation = r - centre
    sum += deviation
    squares += deviation * deviation
    hitDays += hits[day]!
    wealth *= 1 + r
    if (wealth > peak) {
      peak = wealth
      floor = peak + peak * deepest
    } else if (wealth < floor) {
      deepest = (wealth - peak) / peak
      floor = wealth
    }
  }
  const n = picks.length
  const sd = spread(pool, picks, { sum, squares })
  into.sharpe = plainNaN((ANNUAL * (centre + sum / n)) / sd)
  into.nullSharpe = plainNaN((ANNUAL * (sum / n)) / sd)
  // An infinite peak leaves no share of it to lose.
  into.maxDrawdown = peak === Number.POSITIVE_INFINITY || Number.isNaN(wealth) ? Number.NaN : deepest
  into.hitRate = hitDays / n
}

/** Standard deviation with divisor n - 1 from sums of deviations, in two passes where those cancel. */
function spread(pool: ReturnPool, picks: Int32Array, { sum, squares }: { sum: number; squares: number }): number {
  const n = picks.length
  let total = squares - (sum * sum) / n
  if (total < CANCELLED * squares) {
    const centre = pool.centre + sum / n
    total = 0
    for (let i = 0; i < n; i++) {
      const deviation = pool.returns[picks[i]!]! - centre
      total += deviation * deviation
    }
  }
  const sd = Math.sqrt(total / (n - 1))
  return isZeroSpread(sd, pool.largest) ? 0 : sd
}

/** Mean of the ICs on the picked days, NaN days being passed over; NaN where none is left. */
export function meanPicked(ics: Float64Array, picks: Int32Array): number {
  let sum = 0
  let n = 0
  for (let i = 0; i < picks.length; i++) {
    const ic = ics[picks[i]!]!
    if (Number.isNaN(ic)) continue
    sum += ic
    n++
  }
  return plainNaN(sum / n)
}

/** One bit pattern for NaN: processors differ in the sign of 0 / 0, and a result is compared byte by byte. */
function plainNaN(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value
}
