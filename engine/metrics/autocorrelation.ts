import { CELL } from '../result.ts'
import type { Signal } from '../signal.ts'
import { pearson, type Values } from '../stats.ts'
import { MIN_PAIRS } from './rank-ic.ts'

/** Lags reported, in trading days of the run (engine.md 0.4). */
export const AUTOCORRELATION_LAGS = [1, 5, 20] as const

/** Correlation of a series with itself `lag` values before, nulls closed up; NaN when it is too short. */
export function autocorrelation(series: Values, lag: number): number {
  const kept = Array.from(series).filter((value) => value !== null)
  if (kept.length <= lag) return Number.NaN
  return pearson(kept.slice(lag), kept.slice(0, kept.length - lag))
}

/**
 * Spearman correlation of two dates' signals across the names that have a value on both; NaN below 30 names or when
 * one side is constant. Unlike the reference's (engine.md T3), it compares name with name. `ranks`: room, [names].
 */
export function signalRankCorrelation(now: Signal, before: Signal, ranks: Float64Array): number {
  const { n, squares: yy } = rankAmong(before, now, ranks, 'store')
  if (n < MIN_PAIRS) return Number.NaN
  const { squares: xx, products: xy } = rankAmong(now, before, ranks, 'multiply')
  const centre = n * (n + 1) * (n + 1)
  return xx === centre || yy === centre ? Number.NaN : (xy - centre) / Math.sqrt((xx - centre) * (yy - centre))
}

/** Sums over doubled ranks: whole numbers below 2^53 for up to 190,000 names, so that they are exact. */
interface RankSums {
  readonly n: number
  readonly squares: number
  readonly products: number
}

/** Ranks a signal within the names that another has too, storing the ranks by name or multiplying with stored ones. */
function rankAmong(signal: Signal, other: Signal, ranks: Float64Array, mode: 'store' | 'multiply'): RankSums {
  const { order, count, ties, tieCount } = signal
  const { state } = other
  const store = mode === 'store'
  let n = 0
  let squares = 0
  let products = 0
  let k = 0
  for (let t = 0; t <= tieCount; t++) {
    const from = t < tieCount ? ties[2 * t]! : count
    const to = t < tieCount ? ties[2 * t + 1]! : count
    for (; k < from; k++) {
      const name = order[k]!
      if (state[name] !== CELL.value) continue
      n++
      const rank = 2 * n
      squares += rank * rank
      if (store) ranks[name] = rank
      else products += rank * ranks[name]!
    }
    let members = 0
    for (let j = from; j < to; j++) if (state[order[j]!] === CELL.value) members++
    const rank = 2 * n + members + 1
    for (; k < to; k++) {
      const name = order[k]!
      if (state[name] !== CELL.value) continue
      if (store) ranks[name] = rank
      else products += rank * ranks[name]!
    }
    n += members
    squares += members * rank * rank
  }
  return { n, squares, products }
}
